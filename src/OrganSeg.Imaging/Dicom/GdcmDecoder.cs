using System.ComponentModel;
using System.Diagnostics;

namespace OrganSeg.Imaging.Dicom;

/// <summary>
/// Decodes compressed pixels (JPEG, JPEG-LS, JPEG 2000, RLE) with GDCM's <c>gdcmconv --raw</c> in a process of its own, whose
/// memory and time are bounded: a hostile file can harm nobody but that process.
/// </summary>
internal static class GdcmDecoder
{
    private const string Package = "libgdcm-tools";
    private const string MostKibibytes = "2097152";
    private const long ProcessorSeconds = 20;
    private const int HeaderBytes = 1 << 16;

    // Of JPEG 2000, the slowest, a core decodes about twice as many a second.
    private const long PixelsPerSecond = 2_000_000;

    /// <param name="bytes">The whole file.</param>
    /// <param name="file">What errors name.</param>
    /// <param name="pixels">Of all frames; more are given more time.</param>
    /// <param name="cancellationToken">Ends the process.</param>
    /// <returns>A file with the same image and raw pixels.</returns>
    /// <exception cref="OrganSegException"><see cref="ErrorKind.NotReady"/>: GDCM is not installed;
    /// <see cref="ErrorKind.Invalid"/>: it cannot decode this file.</exception>
    public static async Task<byte[]> DecodeAsync(ReadOnlyMemory<byte> bytes, string file, long pixels, CancellationToken cancellationToken)
    {
        var folder = Directory.CreateTempSubdirectory("organseg-dicom-").FullName;
        try
        {
            var (input, output) = (Path.Combine(folder, "in.dcm"), Path.Combine(folder, "out.dcm"));
            await using (var written = File.Create(input))
            {
                await written.WriteAsync(bytes, cancellationToken);
            }

            var code = await RunAsync(input, output, ProcessorSeconds + (pixels / PixelsPerSecond), cancellationToken);
            // Two bytes a pixel beside all that the file has; what says less and unpacks to more is a bomb.
            return code == 0 && new FileInfo(output) is { Exists: true } made && made.Length <= bytes.Length + (2 * pixels) + HeaderBytes
                ? await File.ReadAllBytesAsync(output, cancellationToken)
                : throw OrganSegException.Invalid(file, "its compressed pixels cannot be decoded by gdcmconv; copy the file again, or send it uncompressed.");
        }
        finally
        {
            Delete(folder);
        }
    }

    /// <summary>What keeps it from being deleted must not hide why decoding ended.</summary>
    private static void Delete(string folder)
    {
        try
        {
            Directory.Delete(folder, recursive: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // The folder of temporary files is the system's to clean.
        }
    }

    private static async Task<int> RunAsync(string input, string output, long seconds, CancellationToken cancellationToken)
    {
        var start = OperatingSystem.IsWindows()
            ? new ProcessStartInfo("gdcmconv", ["--raw", input, output])
            : new ProcessStartInfo(
                "/bin/sh",
                ["-c", $"command -v gdcmconv >/dev/null || exit 127; ulimit -v {MostKibibytes}; ulimit -t {seconds}; exec gdcmconv --raw \"$1\" \"$2\"", "sh", input, output]);
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        using var process = Start(start);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        // The processor may have other work, too.
        limit.CancelAfter(TimeSpan.FromSeconds(2 * seconds));
        try
        {
            // What it prints may name the patient; it is read so that it does not block, and thrown away.
            var printed = Task.WhenAll(
                process.StandardOutput.BaseStream.CopyToAsync(Stream.Null, limit.Token), process.StandardError.BaseStream.CopyToAsync(Stream.Null, limit.Token));
            await process.WaitForExitAsync(limit.Token);
            await printed;
            return process.ExitCode == 127 ? throw Absent() : process.ExitCode;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return -1;
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
                // Its files can be deleted when it is gone.
                await process.WaitForExitAsync(CancellationToken.None);
            }
        }
    }

    private static Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception error)
        {
            throw Absent(error);
        }
    }

    private static OrganSegException Absent(Exception? cause = null) => new(
        ErrorKind.NotReady, $"Compressed DICOM needs GDCM's gdcmconv, which is not installed; install the package {Package}, or send uncompressed files.", cause);
}
