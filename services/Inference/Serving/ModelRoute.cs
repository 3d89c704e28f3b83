using OrganSeg.Storage;

namespace OrganSeg.Inference.Serving;

/// <summary>
/// Who answers the requests that belong together, such as those of one stream: found once, so that an alias that is moved
/// meanwhile does not part them.
/// </summary>
/// <param name="own">What the name meant.</param>
/// <param name="alias">The alias the requests came by; null when they came by another name.</param>
/// <param name="canary">Answers instead; null when it is not its turn.</param>
internal sealed class ModelRoute(ModelDocument own, ModelAlias? alias, ModelRollout? canary)
{
    private volatile ModelRollout? _canary = canary;

    public ModelDocument Own => own;

    public ModelAlias? Alias => alias;

    /// <summary>Answers instead of <see cref="Own"/>, as long as it can.</summary>
    public ModelRollout? Canary => _canary;

    /// <summary>What failed once answers no more of these requests, rather than now this version and now that.</summary>
    public void LeaveCanary() => _canary = null;
}
