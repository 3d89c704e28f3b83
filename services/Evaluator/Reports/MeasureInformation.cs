using OrganSeg.Evaluator.Metrics;

namespace OrganSeg.Evaluator.Reports;

/// <summary>Choices that change numbers, and units.</summary>
/// <param name="Dimensions">2: every image was measured by itself; 3: volumes were.</param>
/// <param name="DistanceUnit">mm, or px where no spacing is known.</param>
/// <param name="SizeUnit">mL or px.</param>
/// <param name="Tolerance">Of the surface Dice, in the unit of distances.</param>
/// <param name="Absence">skip, one-if-both-empty or zero.</param>
/// <param name="AbsenceMeaning">The same in a sentence.</param>
/// <param name="Mapping">What the ids of given files meant.</param>
internal sealed record MeasureInformation(
    int Dimensions,
    string DistanceUnit,
    string SizeUnit,
    double Tolerance,
    string Absence,
    string AbsenceMeaning,
    LabelMapping Mapping)
{
    public static MeasureInformation Of(Scorer scorer, LabelMapping mapping) => new(
        scorer.Units.Dimensions,
        scorer.Units.Distance,
        scorer.Units.Size,
        scorer.Settings.Tolerance,
        scorer.Settings.Absence.NameOf(),
        scorer.Settings.Absence.Describe(),
        mapping);
}
