using OrganSeg.Testing;

namespace OrganSeg.EndToEnd.Tests;

/// <summary>
/// The commands of a user's day, good ones and failing ones, on services that are up all the time, with every span and log
/// record collected. The services have stopped when the tests look, so that nothing is still on its way.
/// </summary>
public sealed class TracedCommands : IAsyncLifetime
{
    /// <summary>File that the traces are written to as trees; where it is not set they are not written.</summary>
    public const string FileVariable = "ORGANSEG_TRACES";

    public const string Ingest = "ingest";
    public const string Train = "train";
    public const string SegmentSlices = "segment of slices";
    public const string SegmentVolume = "segment of a volume";
    public const string Evaluate = "evaluate";

    /// <summary>With a model that does not exist.</summary>
    public const string SegmentWithoutModel = "segment without model";

    /// <summary>Of a dataset that does not exist.</summary>
    public const string EvaluateWithoutDataset = "evaluate without dataset";

    /// <summary>Of files that are no images.</summary>
    public const string IngestOfRubbish = "ingest of rubbish";

    /// <summary>Stands for a patient's name in the names of files.</summary>
    public const string Patient = "doe-jane";

    private const int VolumeSide = 64;
    private const int VolumeSlices = 6;

    private readonly TemporaryFolder _work = new();
    private readonly Dictionary<string, TraceOperation> _operations = [];
    private readonly HashSet<string> _seen = [];
    private OtlpReceiver? _receiver;

    internal IReadOnlyDictionary<string, TraceOperation> Operations => _operations;

    internal OtlpReceiver.Received All => _receiver!.All;

    /// <summary>Where all of its files lie.</summary>
    public string Folder => _work.Path;

    public async ValueTask InitializeAsync()
    {
        var token = TestContext.Current.CancellationToken;
        _receiver = await OtlpReceiver.StartAsync(token);
        var phantoms = await PhantomFolder.WriteAsync(_work.PathOf("phantoms"), patients: 4, token);
        var organseg = new CommandLine(_work.PathOf("home"), $"folder={_work.PathOf("store")}", _receiver.Endpoint) { HasShippedModel = true };
        using (var up = organseg.Start("up", "--json", "--ports", "free"))
        {
            await up.WaitForLineAsync("\"ingest\"", token);
            await RunAsync(organseg, phantoms, token);
            await up.TerminateAsync(token);
        }

        foreach (var (name, operation) in _operations)
        {
            // What the services sent when they stopped belongs to it, too.
            _operations[name] = operation with { Spans = SpansOf(operation.Root) };
        }

        if (Environment.GetEnvironmentVariable(FileVariable) is { Length: > 0 } file)
        {
            await File.WriteAllTextAsync(
                file, string.Join('\n', _operations.Values.Select(operation => $"{operation.Name}\n\n{TraceTree.Format(operation)}")), token);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_receiver is not null)
        {
            await _receiver.DisposeAsync();
        }

        _work.Dispose();
    }

    private async Task RunAsync(CommandLine organseg, PhantomFolder phantoms, CancellationToken token)
    {
        await TraceAsync(
            Ingest, ExitCodes.Done,
            "ingest", phantoms.Images, "--labels", phantoms.Labels, "--split", phantoms.Split, "--dataset", "phantoms", "--size", "64");
        await TraceAsync(
            Train, ExitCodes.Done,
            "train", "--dataset", "phantoms", "--architecture", "organsegnet", "--model", "tiny",
            "--set", "width=4", "--set", "epochs=2", "--set", "batchSize=4", "--set", "quantize=false");
        await TraceAsync(
            SegmentSlices, ExitCodes.Done, "segment", phantoms.Images, "--model", "tiny", "--output", _work.PathOf("labels"));
        await TraceAsync(
            SegmentVolume, ExitCodes.Done,
            "segment", await WriteVolumeAsync(token), "--model", "tiny", "--output", _work.PathOf("label-volumes"));
        await TraceAsync(
            Evaluate, ExitCodes.Done,
            "evaluate", "--dataset", "phantoms", "--split", "test", "--model", "tiny", "--report", _work.PathOf("report"));
        await TraceAsync(
            SegmentWithoutModel, ExitCodes.Failed,
            "segment", phantoms.Images, "--model", "absent", "--output", _work.PathOf("nothing"));
        await TraceAsync(
            EvaluateWithoutDataset, ExitCodes.Failed,
            "evaluate", "--dataset", "absent", "--split", "test", "--model", "tiny", "--report", _work.PathOf("no-report"));
        await TraceAsync(
            IngestOfRubbish, ExitCodes.Failed,
            "ingest", await WriteRubbishAsync("rubbish", token), "--labels", await WriteRubbishAsync("rubbish-labels", token), "--dataset", "rubbish");

        async Task TraceAsync(string name, int exitCode, params string[] arguments)
        {
            var result = await organseg.RunAsync(token, arguments);
            Assert.True(result.ExitCode == exitCode, $"{name} gave {result.ExitCode}:\n{result.Output}\n{result.Error}");

            // The command sends what it has before it ends, and nothing else runs at the same time.
            var root = Assert.Single(All.Spans, span => span.Service == "organseg-cli" && span.IsRoot && _seen.Add(span.SpanId));
            _operations.Add(name, new TraceOperation(name, root, SpansOf(root)));
        }
    }

    private IReadOnlyList<RecordedSpan> SpansOf(RecordedSpan root) =>
        [.. All.Spans.Where(span => span.TraceId == root.TraceId).OrderBy(span => span.Start)];

    private async Task<string> WriteVolumeAsync(CancellationToken token)
    {
        var voxels = new short[VolumeSide * VolumeSide * VolumeSlices];
        for (var i = 0; i < voxels.Length; i++)
        {
            var (x, y) = ((i % VolumeSide) - (VolumeSide / 2), (i / VolumeSide % VolumeSide) - (VolumeSide / 2));
            voxels[i] = (short)((x * x) + (y * y) < 400 ? 60 : -1000);
        }

        var path = _work.PathOf($"{Patient}.nii");
        await File.WriteAllBytesAsync(
            path, NiftiFile.Write([VolumeSide, VolumeSide, VolumeSlices], [2, 0, 0, 0, 0, 2, 0, 0, 0, 0, 5, 0], voxels), token);
        return path;
    }

    private async Task<string> WriteRubbishAsync(string name, CancellationToken token)
    {
        var folder = Directory.CreateDirectory(_work.PathOf(name)).FullName;
        await File.WriteAllTextAsync(Path.Combine(folder, $"{Patient}_slice001.png"), "no image", token);
        return folder;
    }

    private static class ExitCodes
    {
        public const int Done = 0;
        public const int Failed = 1;
    }
}
