namespace OrganSeg.Ingest.Quality;

/// <summary>Finds images that have all their pixels in common, in 16 bytes a slice and the name of the first.</summary>
/// <param name="findings">Gets what is found.</param>
internal sealed class RepeatedImages(Findings findings)
{
    private readonly Dictionary<UInt128, (string Case, string Name)> _first = [];

    /// <summary>Takes a slice up. Blank ones say nothing.</summary>
    public void Add(string name, ExaminedSlice slice)
    {
        if (!slice.Facts.IsBlank && !_first.TryAdd(slice.Facts.Digest, (name, slice.Slice.Name)))
        {
            var (firstCase, firstName) = _first[slice.Facts.Digest];
            findings.Add(
                "repeated-image",
                Severity.Warning,
                "Images that are another one pixel for pixel; they count twice, and their labels may contradict each other.",
                $"{name} {slice.Slice.Name} is {firstCase} {firstName}",
                slice.Slice.Name);
        }
    }
}
