using OrganSeg.Storage;

namespace OrganSeg.Inference.Serving;

/// <summary>
/// Which loaded versions are wanted though nobody asks for them: of every alias whose own version is loaded what it named
/// before, so that rolling back takes no time, and its canary and shadow.
/// </summary>
internal sealed class ModelRetention
{
    private readonly HashSet<(string Model, string Version)> _own = [];
    private readonly HashSet<(string Model, string Version)> _kept = [];

    /// <param name="aliases">The aliases in use.</param>
    /// <param name="isLoaded">Whether a version is loaded.</param>
    public ModelRetention(IEnumerable<ModelAlias> aliases, Func<(string Model, string Version), bool> isLoaded)
    {
        foreach (var alias in aliases.Where(alias => isLoaded((alias.Model, alias.Version))))
        {
            _own.Add((alias.Model, alias.Version));
            if (alias is { PreviousModel: { } model, PreviousVersion: { } version })
            {
                _kept.Add((model, version));
            }

            foreach (var rollout in new[] { alias.Canary, alias.Shadow }.OfType<ModelRollout>())
            {
                _kept.Add((rollout.Model, rollout.Version));
            }
        }
    }

    /// <summary>Whether a version is kept however idle.</summary>
    public bool Keeps(string model, string version) => _kept.Contains((model, version));

    /// <summary>What is given up first where there are too many: 0 before 1 before 2.</summary>
    public int Rank(string model, string version) =>
        _own.Contains((model, version)) ? 2 : _kept.Contains((model, version)) ? 1 : 0;
}
