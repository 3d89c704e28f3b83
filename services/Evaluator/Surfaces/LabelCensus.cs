using System.Runtime.InteropServices;
using OrganSeg.Evaluator.Metrics;

namespace OrganSeg.Evaluator.Surfaces;

/// <summary>What one walk over a pair of label maps finds: the counts, and where each class lies.</summary>
internal sealed class LabelCensus
{
    private const ulong EveryByte = 0x0101_0101_0101_0101;

    private LabelCensus(ConfusionMatrix confusion, OrganExtent[] reference, OrganExtent[] prediction) =>
        (Confusion, Reference, Prediction) = (confusion, reference, prediction);

    public ConfusionMatrix Confusion { get; }

    /// <summary>By class id; nothing is kept of class 0.</summary>
    public IReadOnlyList<OrganExtent> Reference { get; }

    /// <summary>By class id; nothing is kept of class 0.</summary>
    public IReadOnlyList<OrganExtent> Prediction { get; }

    /// <exception cref="ArgumentException">The sizes differ, or a voxel is no class.</exception>
    public static LabelCensus Of(LabelGrid reference, LabelGrid prediction, int classes, Concurrency concurrency)
    {
        if (reference.Width != prediction.Width || reference.Height != prediction.Height || reference.Depth != prediction.Depth)
        {
            throw new ArgumentException("Label maps must have one size.", nameof(prediction));
        }

        var (inReference, inPrediction) = (new Extents(classes, reference), new Extents(classes, reference));
        var confusion = new ConfusionMatrix(classes);
        concurrency.For(reference.Depth, plane =>
        {
            var walk = new PlaneWalk(classes, inReference, inPrediction, plane);
            for (var row = 0; row < reference.Height; row++)
            {
                walk.Row(row, reference.Row(plane, row), prediction.Row(plane, row));
            }

            lock (confusion)
            {
                confusion.Add(walk.Counts);
            }
        });
        return new LabelCensus(confusion, inReference.Close(), inPrediction.Close());
    }

    /// <summary>Made for the classes that there are: most of a large schema is in no map.</summary>
    private sealed class Extents(int classes, LabelGrid grid)
    {
        private static readonly OrganExtent None = new(0, 0);

        private readonly OrganExtent?[] _extents = new OrganExtent?[classes];

        public OrganExtent this[byte id]
        {
            get
            {
                if (Volatile.Read(ref _extents[id]) is { } known)
                {
                    return known;
                }

                var made = new OrganExtent(grid.Height, grid.Depth);
                return Interlocked.CompareExchange(ref _extents[id], made, null) ?? made;
            }
        }

        public OrganExtent[] Close() => [.. _extents.Select(extent =>
        {
            extent?.Close();
            return extent ?? None;
        })];
    }

    private sealed class PlaneWalk(int classes, Extents reference, Extents prediction, int plane)
    {
        public long[] Counts { get; } = new long[classes * classes];

        public void Row(int row, ReadOnlySpan<byte> left, ReadOnlySpan<byte> right)
        {
            var x = 0;
            // Most of a map is background, and most of the rest is one organ in both: eight voxels at a time.
            for (; x <= left.Length - sizeof(ulong); x += sizeof(ulong))
            {
                var eight = MemoryMarshal.Read<ulong>(left[x..]);
                if (eight == MemoryMarshal.Read<ulong>(right[x..]) && eight == (eight & 0xFF) * EveryByte)
                {
                    Count(row, x, left[x], left[x], sizeof(ulong));
                    continue;
                }

                for (var i = x; i < x + sizeof(ulong); i++)
                {
                    Count(row, i, left[i], right[i], 1);
                }
            }

            for (; x < left.Length; x++)
            {
                Count(row, x, left[x], right[x], 1);
            }
        }

        private void Count(int row, int column, byte left, byte right, int length)
        {
            if (left >= classes || right >= classes)
            {
                throw new ArgumentException($"Class {Math.Max(left, right)} is outside the label schema.");
            }

            Counts[(left * classes) + right] += length;
            if (left != 0)
            {
                reference[left].Add(plane, row, column, column + length - 1);
            }

            if (right != 0)
            {
                prediction[right].Add(plane, row, column, column + length - 1);
            }
        }
    }
}
