namespace OrganSeg.Evaluator.Reports;

/// <summary>How the ids of given files became class ids, such as <c>5=1,2=2</c>; empty where they are class ids.</summary>
/// <param name="Reference">Of references.</param>
/// <param name="Prediction">Of predictions.</param>
internal sealed record LabelMapping(string Reference, string Prediction)
{
    public static LabelMapping None { get; } = new("", "");
}
