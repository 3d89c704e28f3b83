using OrganSeg.Storage;

namespace OrganSeg.Ingest.Splits;

/// <summary>The policies of splitting and the sides they make, as manifests and split tables write them.</summary>
internal static class SplitNames
{
    public const string ByPatient = "patient";
    public const string BySlice = "slice";
    public const string ByTable = "table";

    /// <summary>In the order in which they are shown.</summary>
    public static IReadOnlyList<string> Splits { get; } = [DatasetSplit.Train, DatasetSplit.Validation, DatasetSplit.Test];
}
