using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace OrganSeg.Testing;

/// <summary>
/// A running Azurite, the real emulator of blobs and queues, in memory and on free ports. Use it as an assembly or class fixture; it
/// ends with the test process however that ends.
/// </summary>
public sealed partial class AzuriteServer : IAsyncLifetime
{
    private const int Accounts = 400;

    private static readonly TimeSpan InstallTimeout = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan StartTimeout = TimeSpan.FromMinutes(1);

    // Nothing secret: the emulator takes any key, and this one opens nothing else.
    private static readonly string Key = Convert.ToBase64String(new byte[64]);

    private readonly StringBuilder _output = new();
    private readonly TaskCompletionSource<string> _blobs = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<string> _queues = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Process? _process;
    private int _accounts;

    /// <summary>Why it does not run; null when it does.</summary>
    public string? Unavailable { get; private set; }

    /// <summary>
    /// A connection string to a storage account that is empty and that nobody else uses. Skips the test when Node.js is
    /// not installed.
    /// </summary>
    public async Task<string> NewAccountAsync()
    {
        Assert.SkipUnless(Unavailable is null, Unavailable ?? "");
        int number = Interlocked.Increment(ref _accounts);
        Assert.True(number <= Accounts, "More storage accounts are asked for than the emulator was given.");
        string account = NameOf(number);
        return $"DefaultEndpointsProtocol=http;AccountName={account};AccountKey={Key};"
            + $"BlobEndpoint={await _blobs.Task}/{account};QueueEndpoint={await _queues.Task}/{account};";
    }

    /// <summary>Installs and starts it.</summary>
    public async ValueTask InitializeAsync()
    {
        if (!IsNodeInstalled())
        {
            Unavailable = "Azurite needs Node.js, which is not installed.";
            return;
        }

        using var installing = new CancellationTokenSource(InstallTimeout);
        string folder = await AzuriteInstallation.EnsureAsync(installing.Token);
        var start = new ProcessStartInfo(
            "node",
            [
                Repository.PathOf("tests", "azurite", "run.js"), folder,
                "--blobHost", "127.0.0.1", "--blobPort", "0", "--queueHost", "127.0.0.1", "--queuePort", "0",
                "--tableHost", "127.0.0.1", "--tablePort", "0",
                "--inMemoryPersistence", "--skipApiVersionCheck", "--disableTelemetry", "--silent",
            ])
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["AZURITE_ACCOUNTS"] =
            string.Join(';', Enumerable.Range(1, Accounts).Select(number => $"{NameOf(number)}:{Key}"));
        // Debuggers and profilers of the surroundings print to the streams that are read here.
        start.Environment.Remove("NODE_OPTIONS");
        _process = new Process { StartInfo = start, EnableRaisingEvents = true };
        _process.OutputDataReceived += (_, line) => Read(line.Data);
        _process.ErrorDataReceived += (_, line) => Read(line.Data);
        _process.Exited += (_, _) =>
        {
            var ended = new InvalidOperationException("Azurite ended: " + Output());
            _blobs.TrySetException(ended);
            _queues.TrySetException(ended);
        };
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        try
        {
            await Task.WhenAll(_blobs.Task, _queues.Task).WaitAsync(StartTimeout);
        }
        catch (TimeoutException e)
        {
            throw new InvalidOperationException("Azurite did not start: " + Output(), e);
        }
    }

    /// <summary>Ends it.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_process is null)
        {
            return;
        }

        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }

    private static string NameOf(int number) => string.Create(CultureInfo.InvariantCulture, $"organseg{number:D4}");

    private static bool IsNodeInstalled()
    {
        try
        {
            using Process? node = Process.Start(
                new ProcessStartInfo("node", ["--version"]) { RedirectStandardOutput = true });
            return node is not null;
        }
        catch (Win32Exception)
        {
            return false;
        }
    }

    private void Read(string? line)
    {
        if (line is null)
        {
            return;
        }

        lock (_output)
        {
            _output.AppendLine(line);
        }

        Match match = ListeningLine().Match(line);
        if (match.Success)
        {
            (match.Groups[1].Value == "Blob" ? _blobs : _queues).TrySetResult(match.Groups[2].Value);
        }
    }

    private string Output()
    {
        lock (_output)
        {
            return _output.ToString();
        }
    }

    [GeneratedRegex(@"Azurite (Blob|Queue) service is successfully listening at (http://127\.0\.0\.1:[0-9]+)", RegexOptions.CultureInvariant)]
    private static partial Regex ListeningLine();
}
