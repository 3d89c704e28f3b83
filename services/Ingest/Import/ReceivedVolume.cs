using OrganSeg.V1;

namespace OrganSeg.Ingest.Import;

/// <summary>A NIfTI volume, or a label volume, while its import goes on. <see cref="Content"/> is written by the one worker
/// that has the file, and stays null where the file is refused.</summary>
/// <param name="fileName">What errors name.</param>
/// <param name="stem">Its name without extension.</param>
/// <param name="role">Image, label or negative.</param>
internal sealed class ReceivedVolume(string fileName, string stem, FileRole role)
{
    public string FileName { get; } = fileName;

    public string Stem { get; } = stem;

    public FileRole Role { get; } = role;

    public NormalisedVolume? Content { get; set; }
}
