using System.Diagnostics;
using System.Security.Cryptography;

namespace OrganSeg.Testing;

/// <summary>
/// Installs the emulator that <c>tests/azurite</c> pins into <c>artifacts/azurite</c>, once for all test processes.
/// </summary>
internal static class AzuriteInstallation
{
    /// <summary>Installs it unless it is installed.</summary>
    /// <returns>The folder that holds its <c>node_modules</c>.</returns>
    public static async Task<string> EnsureAsync(CancellationToken cancellationToken)
    {
        string source = Repository.PathOf("tests", "azurite");
        byte[] lockFile = await File.ReadAllBytesAsync(Path.Combine(source, "package-lock.json"), cancellationToken);
        string all = Repository.PathOf("artifacts", "azurite");
        string folder = Path.Combine(all, Convert.ToHexStringLower(SHA256.HashData(lockFile))[..12]);
        string done = Path.Combine(folder, "installed");
        if (File.Exists(done))
        {
            return folder;
        }

        Directory.CreateDirectory(folder);
        await using FileStream guard = await LockAsync(Path.Combine(all, "lock"), cancellationToken);
        if (!File.Exists(done))
        {
            foreach (string file in new[] { "package.json", "package-lock.json" })
            {
                File.Copy(Path.Combine(source, file), Path.Combine(folder, file), overwrite: true);
            }

            await InstallAsync(folder, cancellationToken);
            await File.WriteAllTextAsync(done, "", cancellationToken);
        }

        return folder;
    }

    private static async Task InstallAsync(string folder, CancellationToken cancellationToken)
    {
        string[] arguments = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
        // On Windows npm is a script, which only the shell can start.
        ProcessStartInfo start = OperatingSystem.IsWindows()
            ? new ProcessStartInfo("cmd.exe", ["/c", "npm", .. arguments])
            : new ProcessStartInfo("npm", arguments);
        start.WorkingDirectory = folder;
        start.RedirectStandardInput = true;
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        using Process npm = Process.Start(start) ?? throw new InvalidOperationException("npm did not start.");
        npm.StandardInput.Close();
        try
        {
            Task<string> output = npm.StandardOutput.ReadToEndAsync(cancellationToken);
            Task<string> errors = npm.StandardError.ReadToEndAsync(cancellationToken);
            await npm.WaitForExitAsync(cancellationToken);
            if (npm.ExitCode != 0)
            {
                throw new InvalidOperationException(
                    $"npm ci for Azurite failed with {npm.ExitCode}:\n{await output}\n{await errors}");
            }
        }
        finally
        {
            if (!npm.HasExited)
            {
                npm.Kill(entireProcessTree: true);
            }
        }
    }

    /// <summary>Waits until no other test process installs; the system frees the lock of one that died.</summary>
    private static async Task<FileStream> LockAsync(string path, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(200), cancellationToken);
            }
        }
    }
}
