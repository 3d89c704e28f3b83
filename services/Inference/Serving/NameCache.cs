using System.Collections.Concurrent;
using Microsoft.Extensions.Options;
using OrganSeg.Storage;

namespace OrganSeg.Inference.Serving;

/// <summary>
/// Resolves names through the catalogue and trusts an answer for a moment, so that a thousand slices a second do not
/// become a thousand reads of an alias, and a moved alias or a new version is still followed at once.
/// </summary>
internal sealed class NameCache(ModelCatalogue catalogue, IOptions<InferenceOptions> options, TimeProvider time)
{
    private const int MostNames = 1024;

    private readonly ConcurrentDictionary<string, Answer> _answers = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, ModelAlias> _aliases = new(StringComparer.Ordinal);
    private readonly TimeSpan _trust = TimeSpan.FromSeconds(options.Value.ResolutionSeconds);

    /// <summary>The aliases that were used here, as they were when they were last looked up.</summary>
    public IEnumerable<ModelAlias> Aliases => _aliases.Values;

    /// <exception cref="OrganSegException"><see cref="ErrorKind.Missing"/>, <see cref="ErrorKind.Invalid"/>,
    /// <see cref="ErrorKind.Corrupt"/> or <see cref="ErrorKind.Dependency"/>, as the catalogue says.</exception>
    public async Task<ModelDocument> ResolveAsync(string name, CancellationToken cancellationToken) =>
        (await ResolveWithAliasAsync(name, cancellationToken)).Model;

    /// <summary>The same, with the alias by which the version was found; null when the name is none.</summary>
    public async Task<(ModelDocument Model, ModelAlias? Alias)> ResolveWithAliasAsync(string name, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (_answers.TryGetValue(name, out var known))
            {
                if (time.GetElapsedTime(known.At) <= _trust && !known.Found.IsFaulted)
                {
                    return await known.Found.WaitAsync(cancellationToken);
                }

                _answers.TryRemove(KeyValuePair.Create(name, known));
            }

            if (_answers.Count >= MostNames)
            {
                _answers.Clear();
            }

            // Callers that come while it is looked up share the answer; none of them can cancel it for the others.
            var answer = new Answer(
                new Lazy<Task<(ModelDocument, ModelAlias?)>>(() => LookUpAsync(name)),
                time.GetTimestamp());
            if (_answers.TryAdd(name, answer))
            {
                return await answer.Found.WaitAsync(cancellationToken);
            }
        }
    }

    /// <summary>Forgets every answer.</summary>
    public void Clear() => _answers.Clear();

    /// <summary>Forgets every answer: this process has just changed an alias.</summary>
    public void Clear(ModelAlias changed)
    {
        _aliases[changed.Alias] = changed;
        Clear();
    }

    private async Task<(ModelDocument Model, ModelAlias? Alias)> LookUpAsync(string name)
    {
        var found = await catalogue.ResolveWithAliasAsync(name, CancellationToken.None);
        if (found.Alias is { } alias)
        {
            _aliases[name] = alias;
        }
        else
        {
            _aliases.TryRemove(name, out _);
        }

        return found;
    }

    private sealed record Answer(Lazy<Task<(ModelDocument Model, ModelAlias? Alias)>> Lookup, long At)
    {
        public Task<(ModelDocument Model, ModelAlias? Alias)> Found => Lookup.Value;
    }
}
