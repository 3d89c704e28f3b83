using System.Collections;

namespace OrganSeg.Imaging.Volumes;

/// <summary>Keeps of each organ the largest piece; voxels that share a face hang together.</summary>
public static class LargestComponents
{
    /// <summary>Sets every voxel outside its class's largest piece to background; of pieces of one size the first stays.</summary>
    /// <param name="labels">Changed in place.</param>
    /// <param name="cancellationToken">Stops; the labels are then between the two states.</param>
    public static void Keep(LabelVolume labels, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(labels);
        var lengths = labels.Geometry.Lengths;
        var plane = lengths[0] * lengths[1];
        if ((long)plane * lengths[2] > int.MaxValue)
        {
            throw OrganSegException.Invalid("keep_largest_component", "cannot be used with more than 2³¹ voxels.");
        }

        var seen = new BitArray(plane * lengths[2]);
        var best = new Dictionary<byte, (int Seed, int Size)>();
        var pieces = new List<(int Seed, byte Label, int Size)>();
        var stack = new Stack<int>();
        for (var k = 0; k < lengths[2]; k++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            for (var offset = 0; offset < plane; offset++)
            {
                var label = labels.Planes[k][offset];
                var voxel = (k * plane) + offset;
                if (label == 0 || seen[voxel])
                {
                    continue;
                }

                var size = Flood(voxel, at => !seen[at], at => seen[at] = true);
                pieces.Add((voxel, label, size));
                if (!best.TryGetValue(label, out var largest) || size > largest.Size)
                {
                    best[label] = (voxel, size);
                }
            }
        }

        foreach (var piece in pieces.Where(piece => best[piece.Label].Seed != piece.Seed))
        {
            cancellationToken.ThrowIfCancellationRequested();
            Flood(piece.Seed, _ => true, at => labels.Planes[at / plane][at % plane] = 0);
        }

        // Marks each voxel of a piece once; marking makes it fail the test, or changes its label.
        int Flood(int seed, Predicate<int> open, Action<int> mark)
        {
            var label = labels.Planes[seed / plane][seed % plane];
            var size = 0;
            Visit(seed);
            while (stack.TryPop(out var at))
            {
                size++;
                var (i, j, k) = (at % lengths[0], at % plane / lengths[0], at / plane);
                if (i > 0)
                {
                    Visit(at - 1);
                }

                if (i < lengths[0] - 1)
                {
                    Visit(at + 1);
                }

                if (j > 0)
                {
                    Visit(at - lengths[0]);
                }

                if (j < lengths[1] - 1)
                {
                    Visit(at + lengths[0]);
                }

                if (k > 0)
                {
                    Visit(at - plane);
                }

                if (k < lengths[2] - 1)
                {
                    Visit(at + plane);
                }
            }

            return size;

            void Visit(int at)
            {
                if (labels.Planes[at / plane][at % plane] == label && open(at))
                {
                    mark(at);
                    stack.Push(at);
                }
            }
        }
    }
}
