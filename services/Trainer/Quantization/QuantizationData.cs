using OrganSeg.Onnx.Quantization;
using OrganSeg.Storage;
using OrganSeg.Trainer.Runs;
using OrganSeg.Trainer.Training;

namespace OrganSeg.Trainer.Quantization;

/// <summary>What a model is quantized with.</summary>
/// <param name="Dataset">The dataset all slices are of.</param>
/// <param name="Method">How ranges are chosen.</param>
/// <param name="Calibration">Training slices to observe.</param>
/// <param name="Validation">Slices to score.</param>
/// <param name="ValidationSplit">The split they are of.</param>
internal sealed record QuantizationData(
    DatasetManifest Dataset,
    CalibrationMethod Method,
    IReadOnlyList<QuantizationSlice> Calibration,
    IReadOnlyList<QuantizationSlice> Validation,
    string ValidationSplit)
{
    /// <summary>Slices to observe where nothing else is asked for: more hardly move a range any more.</summary>
    public const int DefaultCalibrationSlices = 32;

    /// <summary>Slices to score where nothing else is asked for.</summary>
    public const int DefaultValidationSlices = 200;

    /// <summary>Slices spread evenly over splits that are loaded already.</summary>
    public static QuantizationData Of(DatasetManifest dataset, SliceSet train, SliceSet validation)
    {
        var (scored, split) = validation.Count > 0 ? (validation, Splits.Validation) : (train, Splits.Train);
        return new(
            dataset,
            CalibrationMethod.MinMax,
            [.. Spread(train.Count, DefaultCalibrationSlices).Order().Select(train.Slice)],
            [.. Spread(scored.Count, DefaultValidationSlices).Order().Select(scored.Slice)],
            split);
    }

    /// <summary>Reads slices spread evenly over the splits of a stored dataset.</summary>
    public static async Task<QuantizationData> ReadAsync(
        DatasetCatalogue datasets,
        DatasetManifest dataset,
        CalibrationMethod method,
        int calibration,
        int validation,
        CancellationToken cancellationToken)
    {
        int Count(string split) => dataset.Cases.SelectMany(c => c.Slices).Count(slice => slice.Split == split);
        var scored = Count(Splits.Validation) > 0 ? Splits.Validation : Splits.Train;
        return new(
            dataset,
            method,
            await ReadAsync(Splits.Train, calibration),
            await ReadAsync(scored, validation),
            scored);

        async Task<IReadOnlyList<QuantizationSlice>> ReadAsync(string split, int most)
        {
            var wanted = Spread(Count(split), most);
            var slices = new List<QuantizationSlice>(wanted.Count);
            var index = 0;
            await foreach (var sample in datasets.ReadAsync(dataset, split, cancellationToken))
            {
                if (wanted.Contains(index++))
                {
                    slices.Add(new(sample.Image.Pixels, sample.Labels.Pixels));
                }
            }

            return slices;
        }
    }

    private static HashSet<int> Spread(int count, int most)
    {
        var taken = Math.Min(count, most);
        return [.. Enumerable.Range(0, taken).Select(i => (int)((long)i * count / taken))];
    }
}
