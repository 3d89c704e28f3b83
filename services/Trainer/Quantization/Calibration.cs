using OrganSeg.Onnx;
using OrganSeg.Onnx.Quantization;

namespace OrganSeg.Trainer.Quantization;

/// <summary>Observes the values of a model on real slices, one slice at a time, so that memory stays bounded.</summary>
internal static class Calibration
{
    /// <param name="prepared">The graph, in the form that will be quantized.</param>
    /// <param name="slices">Slices of network size.</param>
    /// <param name="size">That size.</param>
    /// <param name="method">How a range follows from what is observed.</param>
    /// <param name="threads">Threads; 0 is one for each core.</param>
    /// <param name="progress">Takes how many slices are done.</param>
    /// <param name="cancellationToken">Checked between slices.</param>
    /// <returns>The range of each value that quantization needs.</returns>
    /// <exception cref="OrganSegException">NotReady: the model cannot be run, or computes what is no number.</exception>
    public static IReadOnlyDictionary<string, ValueRange> Run(
        OnnxGraph prepared,
        IReadOnlyList<QuantizationSlice> slices,
        int size,
        CalibrationMethod method,
        int threads,
        Action<int> progress,
        CancellationToken cancellationToken)
    {
        var observed = Quantizer.Observed(prepared);
        var histograms = observed.Select(_ => new ActivationHistogram()).ToArray();
        using var session = new OnnxSession(OnnxWriter.Write(Quantizer.Expose(prepared, observed)), threads);
        for (var i = 0; i < slices.Count; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            session.Run(slices[i].Grey, size, size, [.. observed], outputs =>
            {
                // Each histogram is one thread's at a time. What goes wrong is collected: a parallel loop would wrap it.
                var problems = new OrganSegException?[observed.Count];
                Parallel.For(
                    0,
                    observed.Count,
                    new ParallelOptions { MaxDegreeOfParallelism = threads > 0 ? threads : -1 },
                    value => problems[value] = Add(
                        histograms[value], observed[value], outputs[value].GetTensorDataAsSpan<float>(), method));
                return Array.Find(problems, problem => problem is not null) is { } problem ? throw problem : true;
            });
            progress(i + 1);
        }

        return observed.Zip(histograms).ToDictionary(
            pair => pair.First, pair => pair.Second.Range(method), StringComparer.Ordinal);
    }

    private static OrganSegException? Add(ActivationHistogram histogram, string value, ReadOnlySpan<float> numbers, CalibrationMethod method)
    {
        try
        {
            histogram.Add(numbers, limitsOnly: method == CalibrationMethod.MinMax);
            return null;
        }
        catch (ArgumentException error)
        {
            return new OrganSegException(
                ErrorKind.NotReady, $"The model's value {value} is no finite number on a calibration slice.", error);
        }
    }
}
