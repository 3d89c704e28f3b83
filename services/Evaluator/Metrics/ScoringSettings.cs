namespace OrganSeg.Evaluator.Metrics;

/// <summary>Choices that change numbers, so that every report prints them.</summary>
/// <param name="Absence">What undefined values count in means.</param>
/// <param name="Tolerance">Of the surface Dice, in millimetres, or in pixels where no spacing is known; at least 0.</param>
internal sealed record ScoringSettings(AbsencePolicy Absence = AbsencePolicy.Skip, double Tolerance = ScoringSettings.DefaultTolerance)
{
    public const double DefaultTolerance = 2;
}
