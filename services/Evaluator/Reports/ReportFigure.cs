namespace OrganSeg.Evaluator.Reports;

/// <summary>A stored picture: tiles of slices, or a chart. What speaks of one slice is null or empty for all others.</summary>
/// <param name="File">Such as <c>figures/panel-01.png</c>.</param>
/// <param name="Slice">The slice.</param>
/// <param name="Case">Its patient.</param>
/// <param name="Reason">Why it was chosen.</param>
/// <param name="Columns">What the tiles show, from the left.</param>
/// <param name="MeanF1">By model: mean F1 of this slice over its organs; null when undefined.</param>
internal sealed record ReportFigure(
    string File,
    string? Slice,
    string? Case,
    string? Reason,
    IReadOnlyList<string> Columns,
    IReadOnlyDictionary<string, double?> MeanF1)
{
    /// <summary>What it shows.</summary>
    public required FigureKind Kind { get; init; }

    /// <summary>In a few words.</summary>
    public required string Title { get; init; }

    /// <summary>What is drawn and how it was aggregated, in sentences.</summary>
    public required string Caption { get; init; }

    /// <summary>Title of the model it belongs to; null where it shows all, or a pair.</summary>
    public string? Model { get; init; }

    /// <summary>A picture that is not of one slice.</summary>
    public static ReportFigure Chart(FigureKind kind, string file, string title, string caption, string? model = null) =>
        new(file, null, null, null, [], new Dictionary<string, double?>()) { Kind = kind, Title = title, Caption = caption, Model = model };
}
