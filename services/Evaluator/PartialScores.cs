namespace OrganSeg.Evaluator;

/// <summary>What can be said of an evaluation that still runs.</summary>
internal static class PartialScores
{
    /// <summary>F1 so far, pooled over all pixels, of each organ and model, in words.</summary>
    public static string Of(IReadOnlyList<ScoredModel> models) => string.Join("; ", models.Select(model =>
    {
        var organs = model.Scorer.PooledF1().Where(organ => organ.F1.HasValue).Select(organ => FormattableString.Invariant($"{organ.Organ} {organ.F1:0.000}"));
        return (models.Count == 1 ? "" : model.Title + ": ") + string.Join(", ", organs);
    }));
}
