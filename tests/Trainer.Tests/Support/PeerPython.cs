using System.ComponentModel;
using System.Diagnostics;

namespace OrganSeg.Trainer.Tests.Support;

/// <summary>
/// Python with torch, onnx and safetensors, where the environment variable ORGANSEG_PEER_PYTHON gives its command line. It
/// may see another file system, so everything goes through standard input and output.
/// </summary>
internal static class PeerPython
{
    private const string Variable = "ORGANSEG_PEER_PYTHON";

    /// <summary>Runs a script on the bytes of standard input; skips the test where there is no such Python.</summary>
    /// <returns>What it wrote to standard output.</returns>
    public static async Task<string> RunAsync(string script, byte[] input, CancellationToken cancellationToken)
    {
        var command = (Environment.GetEnvironmentVariable(Variable) ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries);
        Assert.SkipUnless(command.Length > 0, $"{Variable} is not set");
        var start = new ProcessStartInfo(command[0], [.. command[1..], "-c", script])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Start(start);
        var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
        var errors = process.StandardError.ReadToEndAsync(cancellationToken);
        try
        {
            await process.StandardInput.BaseStream.WriteAsync(input, cancellationToken);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It ended before it read all; what it says tells why.
        }

        await process.WaitForExitAsync(cancellationToken);
        Assert.True(process.ExitCode == 0, await errors);
        return await output;
    }

    private static Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception error)
        {
            Assert.Skip($"{Variable} names a program that cannot be started: {error.Message}");
            throw;
        }
    }
}
