using System.Numerics;
using OrganSeg.Storage;

namespace OrganSeg.Trainer.Export;

/// <summary>Sums up the differences of one output, or of one layer, over sample batches.</summary>
internal sealed class OutputComparison(string name)
{
    private double _maxError;
    private double _sumError;
    private double _worstRelativeL2;
    private long _elements;

    public OutputParity Result => new(name, _maxError, _sumError / Math.Max(_elements, 1), _worstRelativeL2);

    /// <summary>Adds one batch.</summary>
    /// <exception cref="OrganSegException"><see cref="ErrorKind.Invalid"/>: there are not as many of one as of the other.</exception>
    public void Add<T>(ReadOnlySpan<T> expected, ReadOnlySpan<T> actual)
        where T : INumber<T>
    {
        if (expected.Length != actual.Length)
        {
            throw OrganSegException.Invalid(
                name, $"has {actual.Length} values in the exported model and {expected.Length} in the network; export it again.");
        }

        double squaredError = 0, squaredNorm = 0;
        for (var i = 0; i < expected.Length; i++)
        {
            var truth = double.CreateTruncating(expected[i]);
            var error = Math.Abs(double.CreateTruncating(actual[i]) - truth);
            _maxError = Math.Max(_maxError, error);
            _sumError += error;
            squaredError += error * error;
            squaredNorm += truth * truth;
        }

        _elements += expected.Length;

        // Not a number stays so, and passes no tolerance.
        _worstRelativeL2 = Math.Max(_worstRelativeL2, squaredError == 0 ? 0 : Math.Sqrt(squaredError / squaredNorm));
    }
}
