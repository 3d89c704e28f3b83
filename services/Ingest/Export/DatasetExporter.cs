using System.Runtime.CompilerServices;
using OrganSeg.Storage;
using OrganSeg.V1;

namespace OrganSeg.Ingest.Export;

/// <summary>Makes files of sealed versions, one after the other: at most one case is in memory.</summary>
internal sealed class DatasetExporter(DatasetCatalogue catalogue)
{
    /// <summary>The files of a version.</summary>
    /// <param name="manifest">The version.</param>
    /// <param name="format">Which files.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="OrganSegException"><see cref="ErrorKind.Invalid"/>: there is no such format, or the dataset does not fit it;
    /// <see cref="ErrorKind.Corrupt"/>, naming the shard.</exception>
    public IAsyncEnumerable<ExportedFile> ExportAsync(
        DatasetManifest manifest, ExportFormat format, CancellationToken cancellationToken) => format switch
        {
            ExportFormat.Png => PngExport.ReadAsync(catalogue, manifest, cancellationToken),
            ExportFormat.Nifti => NiftiExport.ReadAsync(catalogue, manifest, cancellationToken),
            ExportFormat.Nnunet => NnUnetExport.ReadAsync(catalogue, manifest, cancellationToken),
            _ => throw OrganSegException.Invalid("format", $"is {(int)format}, which is no format; use png, nifti or nnunet."),
        };

    /// <summary>The files of a version's quality report.</summary>
    /// <param name="manifest">The version.</param>
    /// <param name="file">One of them; empty for all.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="OrganSegException"><see cref="ErrorKind.Missing"/> when there is no report or no such file.</exception>
    public async IAsyncEnumerable<ExportedFile> ReadQualityAsync(
        DatasetManifest manifest, string file, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var files = file.Length > 0 ? [file] : await catalogue.QualityFilesAsync(manifest, cancellationToken);
        foreach (var name in files.DefaultIfEmpty("quality.json"))
        {
            yield return new ExportedFile(name, await catalogue.ReadQualityAsync(manifest, name, cancellationToken));
        }
    }
}
