namespace OrganSeg.Trainer.Export;

/// <summary>Sums up differences over sample batches.</summary>
internal sealed class ParityComparison
{
    private readonly List<string> _shapes = [];
    private double _maxError;
    private double _sumError;
    private double _worstRelativeL2;
    private long _elements;
    private long _differentLabels;
    private long _maxLabelError;
    private double _sumLabelError;
    private double _worstLabelL2;

    public long Samples { get; private set; }

    public long Pixels { get; private set; }

    public IReadOnlyList<string> Shapes => _shapes;

    public double LabelAgreement => Pixels == 0 ? 0 : 1 - ((double)_differentLabels / Pixels);

    public OutputParity Logits =>
        new(OnnxExporter.Logits, _maxError, _sumError / Math.Max(_elements, 1), _worstRelativeL2);

    public OutputParity Labels =>
        new(OnnxExporter.Labels, _maxLabelError, _sumLabelError / Math.Max(Pixels, 1), _worstLabelL2);

    public void Add(
        long[] shape,
        ReadOnlySpan<float> expected,
        ReadOnlySpan<float> actual,
        ReadOnlySpan<byte> expectedLabels,
        ReadOnlySpan<byte> actualLabels)
    {
        if (expected.Length != actual.Length || expectedLabels.Length != actualLabels.Length)
        {
            throw new InvalidOperationException("The exported model's outputs have other shapes than the network's.");
        }

        var text = string.Join('x', shape);
        if (!_shapes.Contains(text))
        {
            _shapes.Add(text);
        }

        Samples += shape[0];
        Pixels += expectedLabels.Length;
        _elements += expected.Length;
        AddLogits(expected, actual);
        AddLabels(expectedLabels, actualLabels);
    }

    private void AddLogits(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual)
    {
        double squaredError = 0, squaredNorm = 0;
        for (var i = 0; i < expected.Length; i++)
        {
            var error = Math.Abs((double)actual[i] - expected[i]);
            _maxError = Math.Max(_maxError, error);
            _sumError += error;
            squaredError += error * error;
            squaredNorm += (double)expected[i] * expected[i];
        }

        _worstRelativeL2 = Math.Max(_worstRelativeL2, Relative(squaredError, squaredNorm));
    }

    private void AddLabels(ReadOnlySpan<byte> expected, ReadOnlySpan<byte> actual)
    {
        double squaredError = 0, squaredNorm = 0;
        for (var i = 0; i < expected.Length; i++)
        {
            var error = Math.Abs(actual[i] - expected[i]);
            _differentLabels += error == 0 ? 0 : 1;
            _maxLabelError = Math.Max(_maxLabelError, error);
            _sumLabelError += error;
            squaredError += error * error;
            squaredNorm += expected[i] * expected[i];
        }

        _worstLabelL2 = Math.Max(_worstLabelL2, Relative(squaredError, squaredNorm));
    }

    /// <summary>Not a number stays so, and passes no tolerance.</summary>
    private static double Relative(double squaredError, double squaredNorm) =>
        squaredError == 0 ? 0 : Math.Sqrt(squaredError / squaredNorm);
}
