using OrganSeg.Imaging;
using OrganSeg.Imaging.Dicom;
using OrganSeg.Imaging.Volumes;
using OrganSeg.Ingest.Spooling;
using OrganSeg.Ingest.Uploads;
using OrganSeg.V1;

namespace OrganSeg.Ingest.Import;

/// <summary>
/// Reads volumes and brings their axial slices to network size, on every core. One volume at a time is in memory, however
/// many workers ask.
/// </summary>
internal sealed class VolumeNormaliser(ImportPlan plan, SliceNormaliser slices, IngestOptions limits) : IDisposable
{
    // NIfTI knows 32,767; a bound for the other kinds, too.
    private const int MaxSlices = 32_767;

    private readonly SemaphoreSlim _one = new(1);

    /// <exception cref="OrganSegException"><see cref="ErrorKind.Invalid"/>: the file is no NIfTI volume, or not what its role
    /// says.</exception>
    public Task<NormalisedVolume> NiftiAsync(UploadedFile file, CancellationToken cancellationToken) => AloneAsync(
        async () =>
        {
            await using var stream = file.Open();
            var nifti = await NiftiVolume.ReadAsync(stream, file.Name, (long)limits.MaxVolumeMebibytes << 20, cancellationToken);
            return await NormaliseAsync(nifti, file.Name, file.Role, cancellationToken);
        },
        cancellationToken);

    /// <exception cref="OrganSegException"><see cref="ErrorKind.Invalid"/>: its files make no volume;
    /// <see cref="ErrorKind.NotReady"/>: they are compressed, and GDCM is not installed.</exception>
    public Task<NormalisedVolume> SeriesAsync(
        ReceivedSeries series, ReceivedFolder folder, Spool spool, CancellationToken cancellationToken) => AloneAsync(
        async () =>
        {
            var reader = new DicomSeriesReader((long)limits.MaxVolumeMebibytes << 20);
            foreach (var (name, content) in series.Files)
            {
                await reader.AddAsync(await spool.ReadAsync(content, cancellationToken), $"{folder.Shown}/{name}", cancellationToken);
            }

            return await NormaliseAsync(reader.Assemble(series.Identity, folder.Shown), folder.Shown, folder.Role, cancellationToken);
        },
        cancellationToken);

    public void Dispose() => _one.Dispose();

    private async Task<NormalisedVolume> AloneAsync(Func<Task<NormalisedVolume>> work, CancellationToken cancellationToken)
    {
        await _one.WaitAsync(cancellationToken);
        try
        {
            return await work();
        }
        finally
        {
            _one.Release();
        }
    }

    private async Task<NormalisedVolume> NormaliseAsync(
        IVolumeFile file, string name, FileRole role, CancellationToken cancellationToken)
    {
        var volume = file.Volume;
        var (width, height) = (volume.Geometry.Columns.Length, volume.Geometry.Rows.Length);
        if ((long)width * height > Png.MaxPixels || volume.SliceCount > MaxSlices)
        {
            throw OrganSegException.Invalid(
                name, $"has {volume.SliceCount} axial slices of {width}×{height}; at most {MaxSlices} of {Png.MaxPixels} pixels are read.");
        }

        return role == FileRole.Label
            ? new NormalisedVolume
            {
                Geometry = volume.Geometry,
                Labels = await EachAsync(volume, name, LabelsAsync, cancellationToken),
                Warnings = file.Warnings,
            }
            : new NormalisedVolume
            {
                Geometry = volume.Geometry,
                Images = await EachAsync(volume, name, ImageAsync, cancellationToken),
                Warnings = file.Warnings,
            };

        Task<NormalisedImage> ImageAsync(int slice, CancellationToken token) =>
            slices.ImageAsync(volume.Window(slice, plan.WindowLowHu, plan.WindowHighHu), volume.Geometry.Spacing, token);

        Task<NormalisedLabels> LabelsAsync(int slice, CancellationToken token)
        {
            var (labels, wrong) = volume.Labels(slice);
            return wrong is { } value
                ? throw OrganSegException.Invalid($"{name} (label)", FormattableString.Invariant(
                    $"has the value {value} in slice {slice}; label ids are whole numbers from 0 to 255. Round them, or write the ids."))
                : slices.LabelsAsync(labels, volume.Geometry.Spacing, $"{name} (label)", token);
        }
    }

    /// <summary>What is wrong is told of the lowest slice that has something wrong, whichever core met one first.</summary>
    private static async Task<T[]> EachAsync<T>(
        Volume volume, string name, Func<int, CancellationToken, Task<T>> normalise, CancellationToken cancellationToken)
    {
        var results = new T[volume.SliceCount];
        var refused = new OrganSegException?[volume.SliceCount];
        var workers = new ParallelOptions
        {
            MaxDegreeOfParallelism = Environment.ProcessorCount,
            CancellationToken = cancellationToken,
        };
        await Parallel.ForAsync(0, results.Length, workers, async (slice, token) =>
        {
            try
            {
                results[slice] = await normalise(slice, token);
            }
            catch (OrganSegException error) when (error.Kind == ErrorKind.Invalid)
            {
                refused[slice] = error;
            }
        });
        if (refused.FirstOrDefault(error => error is not null) is not { } first)
        {
            return results;
        }

        // The recipe knows no file.
        throw new OrganSegException([.. first.Violations.Select(violation => violation.Field.StartsWith(name, StringComparison.Ordinal)
            ? violation
            : new FieldViolation(name, $"{violation.Field} {violation.Description}"))]);
    }
}
