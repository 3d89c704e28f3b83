using OrganSeg.Imaging;
using OrganSeg.Imaging.Figures;
using OrganSeg.Trainer.Runs;
using OrganSeg.Trainer.Training;

namespace OrganSeg.Trainer.Watching;

/// <summary>Draws how a run learns: its curves, and what its network makes of a few slices.</summary>
/// <param name="schema">The organs.</param>
/// <param name="slices">Slices to predict: the validation split, or the training split where there is none.</param>
internal sealed class RunPictures(LabelSchema schema, SliceSet slices)
{
    public const string LearningCurve = "figures/learning-curve.png";
    public const string Predictions = "figures/predictions.png";

    private const int MostSlices = 5;
    private const int TrainColour = 7;
    private const int ValidationColour = 6;
    private const int MeanColour = 6;

    /// <summary>Losses, and F1 by organ, over the epochs.</summary>
    public byte[] DrawCurve(IEnumerable<RunEntry> entries)
    {
        var epochs = entries.Where(entry => entry.Epoch is not null).Select(entry => entry.Epoch!).ToArray();
        return ChartPainter.Paint(
            new Chart("loss", "epoch",
            [
                Line("train", TrainColour, epoch => epoch.TrainLoss),
                Line("validation", ValidationColour, epoch => epoch.ValidationLoss),
            ]),
            new Chart("F1 on validation slices, pooled over their pixels", "epoch",
            [
                .. schema.Organs.Select(organ => Line(
                    organ.Name, organ.Id, epoch => epoch.ValidationF1.TryGetValue(organ.Name, out var f1) ? f1 : null)),
                Line("mean", MeanColour, epoch => epoch.MeanF1),
            ])
            { Top = 1 });

        ChartSeries Line(string name, int colour, Func<EpochResult, double?> value) =>
            new(name, colour, [.. epochs.Select(epoch => ((double)epoch.Epoch, value(epoch) ?? double.NaN))]);
    }

    /// <summary>
    /// Input, truth and prediction of a few slices spread over the split, the same each time. To be called where the
    /// session's tensors are worked on.
    /// </summary>
    public byte[] DrawPredictions(TrainingSession session)
    {
        var count = Math.Min(MostSlices, slices.Count);
        int[] chosen = [.. Enumerable.Range(0, count).Select(i => (int)((2L * i + 1) * slices.Count / (2 * count)))];
        var predicted = session.Predict(slices, chosen);
        return new PanelPainter(schema).Paint([.. chosen.Select((slice, i) => Row(slices.Slice(slice), predicted[i]))]);
    }

    private static IReadOnlyList<PanelTile> Row(Quantization.QuantizationSlice slice, ByteImage predicted)
    {
        var image = new ByteImage(predicted.Width, predicted.Height, slice.Grey);
        var truth = new ByteImage(predicted.Width, predicted.Height, slice.Labels);
        return
        [
            new PanelTile("input", image, null),
            new PanelTile("truth", image, truth),
            new PanelTile("prediction", image, predicted),
        ];
    }
}
