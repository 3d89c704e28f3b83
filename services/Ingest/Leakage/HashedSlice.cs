using OrganSeg.Imaging.Similarity;
using OrganSeg.Ingest.Spooling;

namespace OrganSeg.Ingest.Leakage;

/// <summary>A slice that is looked for on other sides.</summary>
/// <param name="Case">Its case.</param>
/// <param name="Name">Its name.</param>
/// <param name="Side">train, validation or test.</param>
/// <param name="Hash">Of its image; null when it shows nothing.</param>
/// <param name="Image">Its grey values at network size.</param>
internal sealed record HashedSlice(string Case, string Name, string Side, SliceHash? Hash, SpoolEntry Image);
