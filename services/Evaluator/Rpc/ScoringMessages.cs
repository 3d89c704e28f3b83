using OrganSeg.Evaluator.Metrics;
using OrganSeg.V1;

namespace OrganSeg.Evaluator.Rpc;

/// <summary>Translates the choices of a request.</summary>
internal static class ScoringMessages
{
    /// <exception cref="OrganSegException"><see cref="ErrorKind.Invalid"/>: a policy that this version does not know, or no distance.
    /// </exception>
    public static ScoringSettings ToSettings(ScoringOptions? options)
    {
        var tolerance = options is { HasTolerance: true } ? options.Tolerance : ScoringSettings.DefaultTolerance;
        return tolerance is >= 0 and < double.PositiveInfinity
            ? new ScoringSettings(PolicyOf(options), tolerance)
            : throw OrganSegException.Invalid("scoring.tolerance", $"{tolerance} must be a distance, 0 or more.");
    }

    private static Metrics.AbsencePolicy PolicyOf(ScoringOptions? options) => options?.Absence switch
    {
        null or V1.AbsencePolicy.Unspecified or V1.AbsencePolicy.Skip => Metrics.AbsencePolicy.Skip,
        V1.AbsencePolicy.OneIfBothEmpty => Metrics.AbsencePolicy.OneIfBothEmpty,
        V1.AbsencePolicy.Zero => Metrics.AbsencePolicy.Zero,
        var unknown => throw OrganSegException.Invalid("scoring.absence", $"{(int)unknown} is no policy; see AbsencePolicy."),
    };
}
