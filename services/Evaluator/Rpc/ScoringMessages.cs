using OrganSeg.Evaluator.Metrics;
using OrganSeg.V1;

namespace OrganSeg.Evaluator.Rpc;

/// <summary>Translates the choices of a request.</summary>
internal static class ScoringMessages
{
    /// <exception cref="OrganSegException"><see cref="ErrorKind.Invalid"/>: a policy that this version does not know.</exception>
    public static ScoringSettings ToSettings(ScoringOptions? options) => new(
        options?.Absence switch
        {
            null or V1.AbsencePolicy.Unspecified or V1.AbsencePolicy.Skip => Metrics.AbsencePolicy.Skip,
            V1.AbsencePolicy.OneIfBothEmpty => Metrics.AbsencePolicy.OneIfBothEmpty,
            V1.AbsencePolicy.Zero => Metrics.AbsencePolicy.Zero,
            var unknown => throw OrganSegException.Invalid("scoring.absence", $"{(int)unknown} is no policy; see AbsencePolicy."),
        },
        options is { HasTolerance: true } ? options.Tolerance : ScoringSettings.DefaultTolerance);
}
