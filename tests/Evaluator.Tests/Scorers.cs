using OrganSeg.Evaluator.Metrics;
using OrganSeg.Evaluator.Surfaces;
using OrganSeg.Imaging;

namespace OrganSeg.Evaluator.Tests;

/// <summary>Scorers of images without spacing.</summary>
internal static class Scorers
{
    public static Scorer Of(LabelSchema schema, AbsencePolicy absence = AbsencePolicy.Skip) =>
        new(schema, new ScoringSettings(absence), MapUnits.Images);

    /// <summary>Measures a pair and adds it.</summary>
    public static void Add(this Scorer scorer, LabelSchema schema, SliceId slice, ByteImage reference, ByteImage prediction) => scorer.Add(
        slice, new MapMeter(schema, scorer.Settings).Measure(LabelGrid.Of(reference), LabelGrid.Of(prediction), null, Concurrency.None), voxelSize: 1);
}
