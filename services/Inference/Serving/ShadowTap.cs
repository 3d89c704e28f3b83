using OrganSeg.Imaging;
using OrganSeg.Storage;

namespace OrganSeg.Inference.Serving;

/// <summary>Shows a share of the label maps that were answered by an alias to its shadow.</summary>
/// <param name="comparer">Runs the shadow.</param>
/// <param name="shares">Counts.</param>
/// <param name="alias">The alias the request came by; null when it came by another name.</param>
internal sealed class ShadowTap(ShadowComparer comparer, RolloutShares shares, ModelAlias? alias)
{
    /// <summary>Never waits and never fails.</summary>
    /// <param name="runner">Who answered.</param>
    /// <param name="source">The slice; nobody writes into it any more.</param>
    /// <param name="spacing">Distances of its pixels; null when they are square.</param>
    /// <param name="labels">The answer, of the slice's size; nobody writes into it any more.</param>
    public void Show(ModelRunner runner, ByteImage source, PixelSpacing? spacing, ByteImage labels)
    {
        // A canary may be the shadow too; with itself it would agree.
        if (alias?.Shadow is { } shadow && shadow.Reference != runner.Document.Reference && shares.Takes($"shadow of {alias.Alias}", shadow.Share))
        {
            comparer.Offer(new ShadowWork(runner.Document, shadow, runner.Variant, source, spacing, labels));
        }
    }
}
