using OrganSeg.Imaging;
using OrganSeg.Imaging.Similarity;
using OrganSeg.Ingest.Spooling;
using OrganSeg.Ingest.Uploads;
using OrganSeg.V1;

namespace OrganSeg.Ingest.Import;

/// <summary>
/// Decodes one file, brings it to network size and spools it. Images and label maps are handled apart, so that neither
/// has to wait in memory for the other. Any number of threads may use one instance.
/// </summary>
internal sealed class SliceNormaliser(ImportPlan plan, Spool spool)
{
    private readonly SlicePreprocessor _preprocessor = new(plan.Preprocessing);

    /// <exception cref="OrganSegException"><see cref="ErrorKind.Invalid"/>: the file is not what its role says.
    /// </exception>
    public async Task NormaliseAsync(ReceivedSlice slice, UploadedFile file, CancellationToken cancellationToken)
    {
        var content = await file.ReadAsync(cancellationToken);
        if (file.Role == FileRole.Label)
        {
            // Image and label map share their name; the error must tell which one is meant.
            var fileName = $"{file.Name} (label)";
            slice.Labels = await LabelsAsync(Png.ReadLabels(content.Span, fileName), null, fileName, cancellationToken);
        }
        else
        {
            var (image, windowed) = Read(content.Span, file.Name);
            slice.Image = await ImageAsync(image, null, cancellationToken) with { Windowed = windowed };
        }
    }

    private (ByteImage Image, bool Windowed) Read(ReadOnlySpan<byte> png, string fileName) => plan.PngZeroHu is { } zero
        ? Png.ReadGrey(png, fileName, new PngWindow(zero, plan.WindowLowHu, plan.WindowHighHu))
        : (Png.ReadGrey(png, fileName), false);

    /// <summary>Brings a windowed slice to network size and spools it.</summary>
    /// <param name="source">Grey values.</param>
    /// <param name="spacing">Of its pixels; null means square ones.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="OrganSegException"><see cref="ErrorKind.Invalid"/>: its shape is impossible.</exception>
    public async Task<NormalisedImage> ImageAsync(ByteImage source, PixelSpacing? spacing, CancellationToken cancellationToken)
    {
        var image = _preprocessor.ToNetwork(source, spacing);
        return new NormalisedImage(
            source.Width, source.Height, await spool.AppendRawAsync(image.Pixels, cancellationToken), SliceHash.Of(image));
    }

    /// <summary>Maps labels to classes, brings them to network size and spools them.</summary>
    /// <param name="source">Label ids, which are mapped in place.</param>
    /// <param name="spacing">Of its pixels; null means square ones.</param>
    /// <param name="fileName">Named in errors.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="OrganSegException"><see cref="ErrorKind.Invalid"/>: an id has no class, or its shape is impossible.
    /// </exception>
    public async Task<NormalisedLabels> LabelsAsync(
        ByteImage source, PixelSpacing? spacing, string fileName, CancellationToken cancellationToken)
    {
        plan.LabelMapping.Apply(source, fileName);
        var labels = _preprocessor.LabelsToNetwork(source, spacing);
        return new NormalisedLabels(
            source.Width,
            source.Height,
            await spool.AppendAsync(labels.Pixels, cancellationToken),
            Blank: !source.Pixels.AsSpan().ContainsAnyExcept((byte)0),
            OrgansOf(labels));
    }

    private static byte[] OrgansOf(ByteImage labels)
    {
        Span<bool> present = stackalloc bool[256];
        foreach (var id in labels.Pixels)
        {
            present[id] = true;
        }

        var organs = new List<byte>();
        for (var id = 1; id < present.Length; id++)
        {
            if (present[id])
            {
                organs.Add((byte)id);
            }
        }

        return [.. organs];
    }
}
