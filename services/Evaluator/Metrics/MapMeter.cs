using System.Collections.Concurrent;
using OrganSeg.Evaluator.Surfaces;
using OrganSeg.Imaging;

namespace OrganSeg.Evaluator.Metrics;

/// <summary>Measures pairs of label maps, several at the same time if wanted.</summary>
internal sealed class MapMeter(LabelSchema schema, ScoringSettings settings)
{
    private readonly ConcurrentBag<SurfaceWorkspace> _workspaces = [];
    private SurfaceSettings? _last;

    /// <param name="reference">What is right.</param>
    /// <param name="prediction">Of the same size.</param>
    /// <param name="spacing">Null where it is not known: distances then count pixels.</param>
    /// <param name="concurrency">Cores to use.</param>
    /// <exception cref="ArgumentException">The sizes differ, or a voxel is no class.</exception>
    public MapScores Measure(LabelGrid reference, LabelGrid prediction, GridSpacing? spacing, Concurrency concurrency)
    {
        var workspace = _workspaces.TryTake(out var known) ? known : new SurfaceWorkspace();
        try
        {
            return MapScores.Of(reference, prediction, schema.Count, SettingsFor(spacing ?? GridSpacing.Unit), workspace, concurrency);
        }
        finally
        {
            _workspaces.Add(workspace);
        }
    }

    private SurfaceSettings SettingsFor(GridSpacing spacing)
    {
        // Nearly always the one of the map before; which of two threads stores its own does not matter.
        var last = _last;
        return last?.Spacing == spacing ? last : _last = new SurfaceSettings(spacing, settings.Tolerance);
    }
}
