using OrganSeg.Imaging;
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
        if (file.Role == FileRole.Label)
        {
            slice.Labels = await LabelsAsync(file, cancellationToken);
        }
        else
        {
            slice.Image = await ImageAsync(file, cancellationToken);
        }
    }

    private async Task<NormalisedImage> ImageAsync(UploadedFile file, CancellationToken cancellationToken)
    {
        var source = Png.ReadGrey((await file.ReadAsync(cancellationToken)).Span, file.Name);
        var image = _preprocessor.ToNetwork(source);
        return new NormalisedImage(
            source.Width, source.Height, await spool.AppendAsync(image.Pixels, cancellationToken));
    }

    private async Task<NormalisedLabels> LabelsAsync(UploadedFile file, CancellationToken cancellationToken)
    {
        // Image and label map share their name; the error must tell which one is meant.
        var fileName = $"{file.Name} (label)";
        var source = Png.ReadLabels((await file.ReadAsync(cancellationToken)).Span, fileName);
        plan.LabelMapping.Apply(source, fileName);
        var labels = _preprocessor.LabelsToNetwork(source);
        return new NormalisedLabels(
            source.Width,
            source.Height,
            await spool.AppendAsync(labels.Pixels, cancellationToken),
            Blank: !source.Pixels.AsSpan().ContainsAnyExcept((byte)0));
    }
}
