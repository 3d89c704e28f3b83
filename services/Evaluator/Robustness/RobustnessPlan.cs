namespace OrganSeg.Evaluator.Robustness;

/// <summary>How a sweep is made.</summary>
/// <param name="MaxSlices">Most slices, evenly spread over the patients; 0 for all.</param>
/// <param name="Seed">Decides every random number.</param>
/// <param name="KeptShare">
/// Share of its unperturbed F1, above 0 and at most 1, below which an organ counts as broken. It is relative because organs
/// differ: .75 is a ruined liver and a good pancreas.
/// </param>
internal sealed record RobustnessPlan(int MaxSlices, ulong Seed, double KeptShare)
{
    public const double DefaultKeptShare = 0.9;
}
