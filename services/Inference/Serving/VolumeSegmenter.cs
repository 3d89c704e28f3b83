using Microsoft.Extensions.Options;
using OrganSeg.Imaging.Volumes;
using OrganSeg.Storage;
using OrganSeg.V1;

namespace OrganSeg.Inference.Serving;

/// <summary>
/// Segments a volume slice by slice: beyond the file's voxels and one label map, only the slices in work are in memory.
/// </summary>
internal sealed class VolumeSegmenter(ModelPool pool, IOptions<InferenceOptions> options, InferenceTelemetry telemetry) : IDisposable
{
    // Of models that were trained on slices windowed elsewhere; soft tissue of the abdomen.
    private const double DefaultLowHu = -125;
    private const double DefaultHighHu = 275;
    private const string File = "volume";

    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(10);

    private readonly InferenceOptions _options = options.Value;
    private readonly SemaphoreSlim _places = new(options.Value.MaxVolumes);

    /// <param name="asked">Model and options.</param>
    /// <param name="file">NIfTI; read forwards.</param>
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

        if (!await _places.WaitAsync(0, cancellationToken))
        {
            throw new OrganSegException(
                ErrorKind.Quota, $"{_options.MaxVolumes} volumes are being segmented already; try again later.")
            {
                RetryAfter = RetryAfter,
            };
        }

        try
        {
            // A wrong name is told before a gigabyte is sent.
            using var lease = await pool.AcquireAsync(asked.Model, asked.Variant, cancellationToken);
            var nifti = await NiftiVolume.ReadAsync(file, File, (long)_options.MaxVolumeMebibytes << 20, cancellationToken);
            CheckSides(nifti.Volume.Geometry);
            using var activity = telemetry.StartVolume(lease.Document, nifti.Volume.SliceCount);
            var labels = await SegmentAsync(nifti.Volume, lease.Runner, client, report, cancellationToken);
            if (asked.KeepLargestComponent)
            {
                LargestComponents.Keep(labels, cancellationToken);
            }

            return new SegmentedVolume(nifti, labels, Describe(nifti, labels, lease.Runner));
        }
        finally
        {
            _places.Release();
        }
    }

    public void Dispose() => _places.Dispose();

    private static (double Low, double High) Window(ModelDocument document) =>
        (document.Preprocessing.WindowLowHu ?? DefaultLowHu, document.Preprocessing.WindowHighHu ?? DefaultHighHu);

    private static VolumeResult Describe(NiftiVolume nifti, LabelVolume labels, ModelRunner runner)
    {
        var (low, high) = Window(runner.Document);
        var result = new VolumeResult
        {
            Model = runner.Document.Model,
            ModelVersion = runner.Document.Version,
            Variant = runner.Variant,
            Orientation = nifti.Volume.Geometry.Orientation,
            Compressed = nifti.IsCompressed,
            WindowLowHu = low,
            WindowHighHu = high,
        };
        var counts = labels.Count();
        result.Organs.AddRange(runner.Document.LabelSchema.Classes.Where(c => c.Id != 0).Select(c => new OrganVolume
        {
            Id = c.Id,
            Name = c.Name,
            Voxels = counts[c.Id],
            Millilitres = counts[c.Id] * nifti.Volume.Geometry.VoxelMillilitres,
        }));
        return result;
    }

    private async Task<LabelVolume> SegmentAsync(
        Volume volume, ModelRunner runner, string client, Action<int, int> report, CancellationToken cancellationToken)
    {
        var (low, high) = Window(runner.Document);
        var labels = new LabelVolume(volume.Geometry);
        var done = 0;
        report(0, volume.SliceCount);

        // Two batches: one runs while the next is made ready.
        var work = new ParallelOptions { MaxDegreeOfParallelism = 2 * _options.MaxBatch, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(Enumerable.Range(0, volume.SliceCount), work, async (slice, stop) =>
        {
            var image = volume.Window(slice, low, high);
            var found = await runner.SegmentAsync(image, volume.Geometry.Spacing, new Caller(client, Waits: true), stop);
            labels.Put(slice, found);
            telemetry.CountRequest(runner.Document, InferenceTelemetry.Ok, runner.Variant);
            report(Interlocked.Increment(ref done), volume.SliceCount);
        });
        return labels;
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
