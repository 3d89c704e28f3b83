using System.Numerics.Tensors;
using OrganSeg.Imaging.Volumes;

namespace OrganSeg.Inference.Serving;

/// <summary>
/// Segments a volume by the probabilities of each slice and, with an overlap, of its neighbours. Only the slices that are in
/// work or still needed are in memory.
/// </summary>
/// <param name="segmenter">Segments a slice.</param>
/// <param name="overlap">Neighbours on either side whose probabilities are averaged in.</param>
/// <param name="ahead">Slices asked for before the one that is next.</param>
internal sealed class SoftVolume(SoftSegmenter segmenter, int overlap, int ahead)
{
    /// <param name="volume">The voxels.</param>
    /// <param name="window">HU shown as black and as white.</param>
    /// <param name="caller">Who asks.</param>
    /// <param name="done">Takes each slice in order, at the network's size.</param>
    /// <param name="cancellationToken">Stops; nothing is in work when this ends.</param>
    public async Task RunAsync(
        Volume volume, (double Low, double High) window, Caller caller, Action<int, Probabilities> done, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var work = new Dictionary<int, Task<Probabilities>>();
        try
        {
            for (var (slice, next) = (0, 0); slice < volume.SliceCount; slice++)
            {
                for (; next < volume.SliceCount && next <= slice + overlap + ahead; next++)
                {
                    var index = next;
                    work[index] = Task.Run(() => SegmentAsync(volume, index, window, caller, stop.Token), stop.Token);
                }

                var near = Enumerable.Range(slice - overlap, (2 * overlap) + 1).Where(index => index >= 0 && index < volume.SliceCount);
                done(slice, await BlendAsync(slice, [.. near], work));
                work.Remove(slice - overlap);
            }
        }
        finally
        {
            await stop.CancelAsync();
            await ((Task)Task.WhenAll(work.Values)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private Task<Probabilities> SegmentAsync(
        Volume volume, int slice, (double Low, double High) window, Caller caller, CancellationToken cancellationToken) =>
        segmenter.SegmentAsync(volume.Window(slice, window.Low, window.High), volume.Geometry.Spacing, caller, cancellationToken);

    /// <summary>The mean of a slice and its neighbours, whose weights fall in a straight line to zero just beyond them.</summary>
    private async Task<Probabilities> BlendAsync(int slice, int[] near, Dictionary<int, Task<Probabilities>> work)
    {
        var own = await work[slice];
        if (near.Length == 1)
        {
            return own;
        }

        var sum = new float[own.Values.Length];
        var total = near.Sum(Weight);
        foreach (var index in near)
        {
            TensorPrimitives.MultiplyAdd((await work[index]).Values, Weight(index) / total, sum, sum);
        }

        return Probabilities.MostProbable(sum, own.Labels.Width);

        float Weight(int index) => overlap + 1 - Math.Abs(index - slice);
    }
}
