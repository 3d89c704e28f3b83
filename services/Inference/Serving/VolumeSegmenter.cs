using Microsoft.Extensions.Options;
using OrganSeg.Imaging;
using OrganSeg.Imaging.Volumes;
using OrganSeg.Storage;
using OrganSeg.V1;

namespace OrganSeg.Inference.Serving;

/// <summary>
/// Segments a volume slice by slice: beyond the file's voxels and one label map, only the slices in work are in memory.
/// </summary>
internal sealed class VolumeSegmenter(ModelRouter router, IOptions<InferenceOptions> options, InferenceTelemetry telemetry) : IDisposable
{
    // Of models that were trained on slices windowed elsewhere; soft tissue of the abdomen.
    private const double DefaultLowHu = -125;
    private const double DefaultHighHu = 275;
    private const string File = "volume";
    private const int MostOverlap = 4;

    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(10);

    private readonly InferenceOptions _options = options.Value;
    private readonly SemaphoreSlim _places = new(options.Value.MaxVolumes);

    /// <param name="asked">Model and options.</param>
    /// <param name="file">NIfTI, or a zip of a DICOM series; read forwards.</param>
    /// <param name="client">Who asks.</param>
    /// <param name="report">Slices done and in all.</param>
    /// <param name="cancellationToken">Stops within one run of the model.</param>
    /// <exception cref="OrganSegException">What was wrong, with the field, model or limit.</exception>
    public async Task<SegmentedVolume> SegmentAsync(
        VolumeOptions asked, Stream file, string client, Action<int, int> report, CancellationToken cancellationToken)
    {
        if (asked.Model.Length == 0)
        {
            throw OrganSegException.Invalid("options.model", "is missing; give an alias, a model or model@version.");
        }

        if (asked.Overlap > MostOverlap)
        {
            throw OrganSegException.Invalid("options.overlap", $"is {asked.Overlap}; it must be 0 to {MostOverlap} slices.");
        }

        if (!await _places.WaitAsync(0, cancellationToken))
        {
            throw new OrganSegException(
                ErrorKind.Quota, $"{_options.MaxVolumes} volumes are being segmented already; try again later.")
            {
                RetryAfter = RetryAfter,
                IsNameless = true,
            };
        }

        try
        {
            // A wrong name is told before a gigabyte is sent.
            Task<IVolumeFile>? reading = null;
            return await router.RunAsync(
                await router.ChooseAsync(asked.Model, cancellationToken),
                asked.Variant,
                async (lease, tap) =>
                {
                    // Read once, though a canary may have failed on it.
                    var source = await (reading ??= ReadAsync(file, cancellationToken));
                    return await SpanErrors.RunAsync(
                        () => telemetry.StartVolume(lease.Document, source.Volume.SliceCount),
                        _ => SegmentAsync(source, asked, lease.Runner, tap, new Caller(client, Waits: true), report, cancellationToken));
                },
                cancellationToken);
        }
        finally
        {
            _places.Release();
        }
    }

    public void Dispose() => _places.Dispose();

    private async Task<IVolumeFile> ReadAsync(Stream file, CancellationToken cancellationToken)
    {
        var source = await VolumeFile.ReadAsync(file, File, (long)_options.MaxVolumeMebibytes << 20, cancellationToken);
        CheckSides(source.Volume.Geometry);
        return source;
    }

    private async Task<SegmentedVolume> SegmentAsync(
        IVolumeFile source,
        VolumeOptions asked,
        ModelRunner runner,
        ShadowTap tap,
        Caller caller,
        Action<int, int> report,
        CancellationToken cancellationToken)
    {
        var labels = new LabelVolume(source.Volume.Geometry);
        var confidences = await FillAsync(source.Volume, labels, asked, runner, tap, caller, report, cancellationToken);
        if (asked.KeepLargestComponent)
        {
            LargestComponents.Keep(labels, cancellationToken);
        }

        return new SegmentedVolume(source, labels, Describe(source, labels, confidences, runner));
    }

    private static (double Low, double High) Window(ModelDocument document) =>
        (document.Preprocessing.WindowLowHu ?? DefaultLowHu, document.Preprocessing.WindowHighHu ?? DefaultHighHu);

    private static VolumeResult Describe(
        IVolumeFile source, LabelVolume labels, IReadOnlyList<OrganConfidence> confidences, ModelRunner runner)
    {
        var (low, high) = Window(runner.Document);
        var result = new VolumeResult
        {
            Model = runner.Document.Model,
            ModelVersion = runner.Document.Version,
            Variant = runner.Variant,
            Orientation = source.Volume.Geometry.Orientation,
            Compressed = source.IsCompressed,
            WindowLowHu = low,
            WindowHighHu = high,
        };
        result.Warnings.AddRange(source.Warnings);
        var counts = labels.Count();
        result.Organs.AddRange(runner.Document.LabelSchema.Classes.Where(c => c.Id != 0).Select(c => new OrganVolume
        {
            Id = c.Id,
            Name = c.Name,
            Voxels = counts[c.Id],
            Millilitres = counts[c.Id] * source.Volume.Geometry.VoxelMillilitres,
        }));
        foreach (var organ in confidences)
        {
            result.Organs.Single(o => o.Id == organ.Id).Confidence = organ.Confidence;
        }

        return result;
    }

    /// <summary>Fills the label volume.</summary>
    /// <returns>How sure the model is of each organ, when asked for.</returns>
    private async Task<IReadOnlyList<OrganConfidence>> FillAsync(
        Volume volume,
        LabelVolume labels,
        VolumeOptions asked,
        ModelRunner runner,
        ShadowTap tap,
        Caller caller,
        Action<int, int> report,
        CancellationToken cancellationToken)
    {
        var window = Window(runner.Document);
        var done = 0;
        report(0, volume.SliceCount);
        if (!asked.Confidence && !asked.TestTimeAugmentation && asked.Overlap == 0)
        {
            // Two batches: one runs while the next is made ready.
            var work = new ParallelOptions { MaxDegreeOfParallelism = 2 * runner.MaxBatch, CancellationToken = cancellationToken };
            await Parallel.ForEachAsync(Enumerable.Range(0, volume.SliceCount), work, async (slice, stop) =>
            {
                var image = volume.Window(slice, window.Low, window.High);
                var found = await runner.SegmentAsync(image, volume.Geometry.Spacing, caller, stop);
                tap.Show(runner, image, volume.Geometry.Spacing, found);
                Put(slice, found);
            });
            return [];
        }

        var tally = new ConfidenceTally(runner.Document.LabelSchema);
        var soft = new SoftVolume(new SoftSegmenter(runner, asked.TestTimeAugmentation), (int)asked.Overlap, ahead: 2);
        await soft.RunAsync(
            volume,
            window,
            caller,
            (slice, found) =>
            {
                tally.Add(found);
                Put(slice, runner.Preprocessor.LabelsToSource(
                    found.Labels, volume.Geometry.Columns.Length, volume.Geometry.Rows.Length, volume.Geometry.Spacing));
            },
            cancellationToken);
        return asked.Confidence ? [.. tally.Organs()] : [];

        void Put(int slice, ByteImage found)
        {
            labels.Put(slice, found);
            telemetry.CountRequest(runner.Document, InferenceTelemetry.Ok, runner.Variant);
            report(Interlocked.Increment(ref done), volume.SliceCount);
        }
    }

    private void CheckSides(VolumeGeometry geometry)
    {
        if (geometry.Columns.Length > _options.MaxSide || geometry.Rows.Length > _options.MaxSide)
        {
            throw OrganSegException.Invalid(
                File,
                $"has axial slices of {geometry.Columns.Length}×{geometry.Rows.Length} voxels; each side must be at most {_options.MaxSide}.");
        }
    }
}
