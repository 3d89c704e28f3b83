using OrganSeg.Ingest.Sources;
using OrganSeg.Ingest.Uploads;
using OrganSeg.V1;

namespace OrganSeg.Ingest.Import;

/// <summary>Halves of NIfTI pairs that wait for their other one. For the one receiver.</summary>
internal sealed class NiftiHalves : IDisposable
{
    // Each is in memory, or an open file.
    private const int Most = 64;

    private readonly Dictionary<Key, UploadedFile> _waiting = [];

    /// <summary>Takes a half over.</summary>
    /// <param name="source">A <c>.hdr</c> or <c>.img</c>.</param>
    /// <param name="archive">The archive it came in; empty without.</param>
    /// <returns>Both halves, which are the caller's, once both are there; else null, and what is wrong, or null, too.</returns>
    public ((UploadedFile Header, UploadedFile Image)? Pair, string? Problem) Take(ArchiveFile source, string archive)
    {
        var file = source.File;
        var stem = SourceName.StemOf(file.Name);
        var isHeader = file.Name.AsSpan(stem.Length).StartsWith(".hdr", StringComparison.OrdinalIgnoreCase);
        var own = new Key(archive, source.Folder, file.Role, stem, isHeader);
        if (_waiting.Remove(own with { IsHeader = !isHeader }, out var other))
        {
            return (isHeader ? (file, other) : (other, file), null);
        }

        if (_waiting.Count == Most)
        {
            return (null, $"is one more of {Most} halves of NIfTI pairs that wait for their other half; send or pack each .hdr next to its .img.");
        }

        return _waiting.TryAdd(own, file) ? (null, null) : (null, $"came twice as the {(isHeader ? "header" : "voxels")} of a pair.");
    }

    /// <summary>What is wrong with each half that is left when no more files come.</summary>
    public IEnumerable<(string File, string Problem)> Left() => _waiting.Select(half => (
        half.Value.Name,
        half.Key.IsHeader ? "is the header of a NIfTI pair without its voxels; send the .img of the same name."
            : "is the voxels of a NIfTI pair without their header; send the .hdr of the same name."));

    public void Dispose()
    {
        foreach (var half in _waiting.Values)
        {
            half.Dispose();
        }
    }

    private readonly record struct Key(string Archive, string Folder, FileRole Role, string Stem, bool IsHeader);
}
