namespace OrganSeg.Evaluator.Surfaces;

/// <summary>Measures the surfaces of one organ in a pair of label maps.</summary>
internal static class OrganSurfaces
{
    private const double Percentile = 0.95;

    // Below, starting other threads costs more than they give.
    private const long SmallBox = 1 << 16;

    /// <param name="reference">What is right.</param>
    /// <param name="prediction">Of the same size.</param>
    /// <param name="census">Of both.</param>
    /// <param name="organ">Class id, not 0.</param>
    /// <param name="settings">Spacing and tolerance.</param>
    /// <param name="workspace">Memory to work in; nobody else may be using it.</param>
    /// <param name="concurrency">Cores to use.</param>
    public static SurfaceScores Measure(
        LabelGrid reference,
        LabelGrid prediction,
        LabelCensus census,
        byte organ,
        SurfaceSettings settings,
        SurfaceWorkspace workspace,
        Concurrency concurrency)
    {
        var (left, right) = (census.Reference[organ], census.Prediction[organ]);
        if (left.Box.IsEmpty && right.Box.IsEmpty)
        {
            return SurfaceScores.Absent;
        }

        var box = left.Box.With(right.Box);
        var cores = (long)box.Width * box.Height * box.Depth < SmallBox ? Concurrency.None : concurrency;
        var (inReference, inPrediction) = (new OrganMask(reference, organ, left, box), new OrganMask(prediction, organ, right, box));
        var areas = settings.AreasOf(reference);
        var (referenceSites, predictionSites) = (new CornerSites(inReference, areas), new CornerSites(inPrediction, areas));
        if (left.Box.IsEmpty || right.Box.IsEmpty)
        {
            return new SurfaceScores(
                left.Box.IsEmpty ? 0 : SurfaceOf(referenceSites), right.Box.IsEmpty ? 0 : SurfaceOf(predictionSites), 0, 0, new DistanceScores());
        }

        var (there, back) = Both(referenceSites, predictionSites, settings.Spacing, workspace, cores);
        var (thereVoxels, backVoxels) = Both(new VoxelSites(inReference), new VoxelSites(inPrediction), settings.Spacing, workspace, cores);
        return new SurfaceScores(there.Total, back.Total, there.Within(settings.Tolerance), back.Within(settings.Tolerance), new DistanceScores
        {
            Hd = Math.Max(there.Largest, back.Largest),
            Hd95 = Math.Max(there.Quantile(Percentile), back.Quantile(Percentile)),
            Hd95Medpy = SurfaceDistances.PooledQuantile(thereVoxels, backVoxels, Percentile),
            Assd = (there.Moment + back.Moment) / (there.Total + back.Total),
            ReferenceToPrediction = there.Moment / there.Total,
            PredictionToReference = back.Moment / back.Total,
        });
    }

    private static (SurfaceDistances There, SurfaceDistances Back) Both(
        ISites reference, ISites prediction, GridSpacing spacing, SurfaceWorkspace workspace, Concurrency cores)
    {
        // One field at a time, so that one has to fit into memory.
        var there = SurfaceDistances.Between(reference, SiteField.Of(prediction, spacing, workspace, cores), workspace, cores);
        var back = SurfaceDistances.Between(prediction, SiteField.Of(reference, spacing, workspace, cores), workspace, cores);
        return (there, back);
    }

    private static double SurfaceOf(CornerSites sites)
    {
        var scratch = new FieldScratch(sites.Width, 1);
        var surface = 0d;
        for (var plane = 0; plane < sites.Depth; plane++)
        {
            for (var row = 0; row < sites.Height; row++)
            {
                var (first, last) = sites.Row(plane, row, scratch.Codes, scratch.Masks);
                for (var x = first; x <= last; x++)
                {
                    surface += sites.Weights[scratch.Codes[x]];
                }
            }
        }

        return surface;
    }
}
