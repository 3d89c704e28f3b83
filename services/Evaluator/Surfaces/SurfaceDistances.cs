namespace OrganSeg.Evaluator.Surfaces;

/// <summary>Distances from the sites of one surface to another surface, each with how much surface has it.</summary>
internal sealed class SurfaceDistances
{
    // A share of surface that is reached exactly must not be missed by the rounding of a sum.
    private const double Rounding = 1e-12;

    private readonly double[] _distances;
    private readonly double[] _weights;

    private SurfaceDistances(double[] distances, double[] weights) =>
        (_distances, _weights, Total) = (distances, weights, weights.Sum());

    /// <summary>All of the surface.</summary>
    public double Total { get; }

    /// <summary>The largest distance.</summary>
    public double Largest => _distances[^1];

    /// <summary>Distance times surface, summed.</summary>
    public double Moment => _distances.Zip(_weights, (distance, weight) => distance * weight).Sum();

    /// <summary>Measures every site.</summary>
    /// <param name="from">The surface that is measured.</param>
    /// <param name="to">The other, on the same grid.</param>
    /// <param name="workspace">The one of <paramref name="to"/>.</param>
    /// <param name="concurrency">Cores to use.</param>
    public static SurfaceDistances Between(ISites from, SiteField to, SurfaceWorkspace workspace, Concurrency concurrency)
    {
        var planes = new Dictionary<double, double>[from.Depth];
        concurrency.For(from.Depth, plane =>
        {
            var scratch = workspace.Rent(from.Width, from.Height);
            planes[plane] = OfPlane(from, to, plane, scratch);
            workspace.Return(scratch);
        });

        // Few distances are different where there are many, so that this stays small even for noise.
        var all = new Dictionary<double, double>();
        foreach (var (distance, weight) in planes.SelectMany(plane => plane))
        {
            all[distance] = all.GetValueOrDefault(distance) + weight;
        }

        double[] distances = [.. all.Keys];
        double[] weights = [.. all.Values];
        Array.Sort(distances, weights);
        return new SurfaceDistances(distances, weights);
    }

    /// <summary>How much of the surface is at most so far away.</summary>
    public double Within(double tolerance)
    {
        var sum = 0d;
        for (var i = 0; i < _distances.Length && _distances[i] <= tolerance; i++)
        {
            sum += _weights[i];
        }

        return sum;
    }

    /// <summary>The smallest distance that a share of the surface, 0 to 1, does not exceed.</summary>
    public double Quantile(double share)
    {
        var wanted = share * Total * (1 - Rounding);
        var sum = 0d;
        for (var i = 0; i < _distances.Length; i++)
        {
            sum += _weights[i];
            if (sum >= wanted)
            {
                return _distances[i];
            }
        }

        return Largest;
    }

    /// <summary>The quantile of both directions' distances in one heap, each site counting one, interpolated between
    /// neighbours as numpy's percentile does.</summary>
    public static double PooledQuantile(SurfaceDistances first, SurfaceDistances second, double share)
    {
        double[] distances = [.. first._distances, .. second._distances];
        double[] counts = [.. first._weights, .. second._weights];
        Array.Sort(distances, counts);
        var place = share * (first.Total + second.Total - 1);
        var below = Math.Floor(place);
        var (low, high) = (At(below), At(Math.Min(below + 1, first.Total + second.Total - 1)));
        return low + ((high - low) * (place - below));

        double At(double index)
        {
            var sum = 0d;
            for (var i = 0; i < distances.Length; i++)
            {
                sum += counts[i];
                if (sum > index)
                {
                    return distances[i];
                }
            }

            return distances[^1];
        }
    }

    private static Dictionary<double, double> OfPlane(ISites from, SiteField to, int plane, FieldScratch scratch)
    {
        var found = new Dictionary<double, double>();
        var weights = from.Weights;
        for (var row = 0; row < from.Height; row++)
        {
            var (first, last) = from.Row(plane, row, scratch.Codes, scratch.Masks);
            for (var x = first; x <= last; x++)
            {
                var weight = weights[scratch.Codes[x]];
                if (weight > 0)
                {
                    var distance = to.DistanceFrom(plane, row, x);
                    found[distance] = found.GetValueOrDefault(distance) + weight;
                }
            }
        }

        return found;
    }
}
