using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using OrganSeg.Imaging;
using OrganSeg.Imaging.Dicom;
using OrganSeg.Imaging.Volumes;
using OrganSeg.Ingest.Spooling;
using OrganSeg.Ingest.Uploads;
using OrganSeg.V1;

namespace OrganSeg.Ingest.Import;

/// <summary>
/// Reads volumes and brings their axial slices to network size, on every core. One volume at a time is in memory, or the part of it
/// that is being worked on, however many workers ask.
/// </summary>
internal sealed class VolumeNormaliser(ImportPlan plan, SliceNormaliser slices, IngestOptions limits) : IDisposable
{
    // NIfTI knows 32,767; a bound for the other kinds, too.
    private const int MaxSlices = 32_767;

    // The third axis of the file: a slice is what lies together in it.
    private const int SlicesOfPlanes = 2;

    private readonly SemaphoreSlim _one = new(1);

    /// <exception cref="OrganSegException"><see cref="ErrorKind.Invalid"/>: the file is no NIfTI volume, or not what its role
    /// says.</exception>
    public Task<NormalisedVolume> NiftiAsync(UploadedFile file, CancellationToken cancellationToken) => AloneAsync(
        async () =>
        {
            var most = (long)limits.MaxVolumeMebibytes << 20;
            await using var stream = file.Open();
            await using var planes = await NiftiPlanes.OpenAsync(stream, file.Name, most, cancellationToken);
            if (planes.Geometry.Slices.Index == SlicesOfPlanes)
            {
                // Nearly always: each plane is a slice, which is worked on while the next ones are unpacked.
                return await NormaliseAsync(planes.Geometry, OneByOne(planes, cancellationToken), [], file.Name, file.Role, cancellationToken);
            }

            await using var again = file.Open();
            var whole = await NiftiVolume.ReadAsync(again, file.Name, most, cancellationToken);
            return await NormaliseAsync(whole.Volume, whole.Warnings, file.Name, file.Role, cancellationToken);
        },
        cancellationToken);

    /// <summary>A pair of NIfTI files, which is in memory as a whole.</summary>
    /// <exception cref="OrganSegException"><see cref="ErrorKind.Invalid"/>: the files are no pair of a NIfTI volume, or not what their
    /// role says.</exception>
    public Task<NormalisedVolume> PairAsync(UploadedFile header, UploadedFile image, CancellationToken cancellationToken) => AloneAsync(
        async () =>
        {
            await using var head = header.Open();
            await using var voxels = image.Open();
            var whole = await NiftiVolume.ReadPairAsync(head, voxels, header.Name, (long)limits.MaxVolumeMebibytes << 20, cancellationToken);
            return await NormaliseAsync(whole.Volume, whole.Warnings, header.Name, header.Role, cancellationToken);
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

            var whole = reader.Assemble(series.Identity, folder.Shown);
            return await NormaliseAsync(whole.Volume, whole.Warnings, folder.Shown, folder.Role, cancellationToken);
        },
        cancellationToken);

    /// <param name="segmentation">The file.</param>
    /// <param name="voxels">Of the volume that it was drawn on.</param>
    /// <param name="spool">Has the file.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="OrganSegException"><see cref="ErrorKind.Invalid"/>: it does not lie on those voxels, its segments overlap,
    /// or one of them has no class.</exception>
    public Task<NormalisedVolume> SegmentationAsync(
        ReceivedSegmentation segmentation, VolumeGeometry voxels, Spool spool, CancellationToken cancellationToken) => AloneAsync(
        async () =>
        {
            var read = await DicomSegmentation.ReadAsync(
                await spool.ReadAsync(segmentation.Content, cancellationToken), segmentation.FileName, voxels, (long)limits.MaxVolumeMebibytes << 20, cancellationToken);
            return await NormaliseAsync(read.Volume, [], segmentation.FileName, FileRole.Label, cancellationToken);
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

    private Task<NormalisedVolume> NormaliseAsync(
        Volume volume, IReadOnlyList<string> warnings, string name, FileRole role, CancellationToken cancellationToken) => NormaliseAsync(
        volume.Geometry,
        Enumerable.Range(0, volume.SliceCount).Select(slice => new Slice(slice, volume, slice)).ToAsyncEnumerable(),
        warnings,
        name,
        role,
        cancellationToken);

    /// <param name="geometry">Of the volume.</param>
    /// <param name="all">Each of its slices, in any order.</param>
    /// <param name="warnings">What is odd about it.</param>
    /// <param name="name">What errors name.</param>
    /// <param name="role">Image, label or negative.</param>
    /// <param name="cancellationToken">Ends it between slices.</param>
    /// <exception cref="OrganSegException"><see cref="ErrorKind.Invalid"/>: its labels are none, or its slices have no shape
    /// of slices.</exception>
    private async Task<NormalisedVolume> NormaliseAsync(
        VolumeGeometry geometry,
        IAsyncEnumerable<Slice> all,
        IReadOnlyList<string> warnings,
        string name,
        FileRole role,
        CancellationToken cancellationToken)
    {
        var (width, height, count) = (geometry.Columns.Length, geometry.Rows.Length, geometry.Slices.Length);
        if ((long)width * height > Png.MaxPixels || count > MaxSlices)
        {
            throw OrganSegException.Invalid(
                name, $"has {count} axial slices of {width}×{height}; at most {MaxSlices} of {Png.MaxPixels} pixels are read.");
        }

        var free = new ConcurrentBag<ByteImage>();
        return role == FileRole.Label
            ? new NormalisedVolume { Geometry = geometry, Labels = await EachAsync(all, count, name, LabelsAsync, cancellationToken), Warnings = warnings }
            : new NormalisedVolume { Geometry = geometry, Images = await EachAsync(all, count, name, ImageAsync, cancellationToken), Warnings = warnings };

        async Task<NormalisedImage> ImageAsync(Slice slice, CancellationToken token)
        {
            // Slices of volumes are large, and each is needed until it has its size.
            if (!free.TryTake(out var image))
            {
                image = new ByteImage(width, height);
            }

            slice.Volume.Window(slice.Index, plan.WindowLowHu, plan.WindowHighHu, image);
            var normalised = await slices.ImageAsync(image, geometry.Spacing, token);
            free.Add(image);
            return normalised;
        }

        Task<NormalisedLabels> LabelsAsync(Slice slice, CancellationToken token)
        {
            var (labels, wrong) = slice.Volume.Labels(slice.Index);
            return wrong is { } value
                ? throw OrganSegException.Invalid($"{name} (label)", FormattableString.Invariant(
                    $"has the value {value} in slice {slice.Place}; label ids are whole numbers from 0 to 255. Round them, or write the ids."))
                : slices.LabelsAsync(labels, geometry.Spacing, $"{name} (label)", token);
        }
    }

    private static async IAsyncEnumerable<Slice> OneByOne(NiftiPlanes planes, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var place = 0;
        await foreach (var plane in planes.ReadAllAsync(cancellationToken))
        {
            // Reversing is its own inverse.
            yield return new Slice(planes.Geometry.Slices.At(place++), plane, 0, planes);
        }
    }

    /// <summary>What is wrong is told of the lowest slice that has something wrong, whichever core met one first.</summary>
    private static async Task<T[]> EachAsync<T>(
        IAsyncEnumerable<Slice> all, int count, string name, Func<Slice, CancellationToken, Task<T>> normalise, CancellationToken cancellationToken)
    {
        var results = new T[count];
        var refused = new OrganSegException?[count];
        var workers = new ParallelOptions
        {
            MaxDegreeOfParallelism = Environment.ProcessorCount,
            CancellationToken = cancellationToken,
        };
        await Parallel.ForEachAsync(all, workers, async (slice, token) =>
        {
            try
            {
                results[slice.Place] = await normalise(slice, token);
            }
            catch (OrganSegException error) when (error.Kind == ErrorKind.Invalid)
            {
                refused[slice.Place] = error;
            }

            slice.Source?.Release(slice.Volume);
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

    /// <param name="Place">From the feet to the head.</param>
    /// <param name="Volume">The volume that has it, or a part of that.</param>
    /// <param name="Index">The slice within that.</param>
    /// <param name="Source">Where the part came from; null for a whole volume.</param>
    private readonly record struct Slice(int Place, Volume Volume, int Index, NiftiPlanes? Source = null);
}
