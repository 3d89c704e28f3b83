namespace OrganSeg.Ingest.Splits;

/// <summary>What decides the side of a slice.</summary>
/// <param name="FileName">Its file, for tables and errors.</param>
/// <param name="Case">Its case.</param>
/// <param name="Negative">Whether it came without a label file: it then goes where its case goes.</param>
internal sealed record SliceToSplit(string FileName, string Case, bool Negative)
{
    /// <summary>Whose slices must not be on two sides, nor in two folds; its case where nothing else is known.</summary>
    public string Patient { get; init; } = Case;

    /// <summary>What a table may call its case, the best first.</summary>
    public IReadOnlyList<string> Names { get; init; } = [Case];

    /// <summary>Ids of the organs it shows.</summary>
    public IReadOnlyList<byte> Organs { get; init; } = [];
}
