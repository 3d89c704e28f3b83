using System.Diagnostics;

namespace OrganSeg.Testing;

/// <summary>A Python of this machine that has what a script imports.</summary>
public sealed class SystemPython
{
    private readonly string _program;

    private SystemPython(string program) => _program = program;

    /// <summary>The first Python on the path, or of the system, that can run some imports; null where there is none.</summary>
    public static async Task<SystemPython?> FindAsync(string imports, CancellationToken cancellationToken)
    {
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Append("/usr/bin");
        var name = OperatingSystem.IsWindows() ? "python.exe" : "python3";
        foreach (var file in folders.Select(folder => Path.Combine(folder, name)).Distinct().Where(File.Exists))
        {
            var python = new SystemPython(file);
            if ((await python.RunAsync("", cancellationToken, "-c", imports)).Code == 0)
            {
                return python;
            }
        }

        return null;
    }

    /// <summary>Runs it to its end.</summary>
    /// <param name="input">What it reads from standard input.</param>
    /// <param name="cancellationToken">Kills it.</param>
    /// <param name="arguments">Of the command line.</param>
    /// <returns>The exit code, and what it wrote to standard output and standard error.</returns>
    public async Task<(int Code, string Output)> RunAsync(string input, CancellationToken cancellationToken, params string[] arguments)
    {
        var start = new ProcessStartInfo(_program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // Else a file of the cache would lie beside the script.
        start.Environment["PYTHONDONTWRITEBYTECODE"] = "1";
        using var process = Process.Start(start) ?? throw new InvalidOperationException($"{_program} did not start.");
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
            var errors = process.StandardError.ReadToEndAsync(cancellationToken);
            try
            {
                await process.StandardInput.WriteAsync(input.AsMemory(), cancellationToken);
                process.StandardInput.Close();
            }
            catch (IOException)
            {
                // It ended before it read all; what it says tells why.
            }

            await process.WaitForExitAsync(cancellationToken);
            return (process.ExitCode, await output + await errors);
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
    }
}
