using OrganSeg.Storage;
using OrganSeg.Trainer.Queueing;
using OrganSeg.Trainer.Specifications;

namespace OrganSeg.Trainer.Runs;

/// <summary>
/// The runs that a cross-validation is made of. Each is a run like any other, so that any Trainer of the store may take it;
/// the cross-validation waits in the line until all of them are over.
/// </summary>
internal sealed class FoldRuns(RunCatalogue runs, IRunQueue queue)
{
    /// <summary>Creates those runs that are not there.</summary>
    public async Task CreateAsync(RunDocument parent, CancellationToken cancellationToken)
    {
        var spec = RunSpecification.FromJson(parent.Specification);
        for (var i = 0; i < parent.Members.Count; i++)
        {
            await runs.AddMemberAsync(parent, parent.Members[i], spec.OfFold(i + 1).ToJson(), cancellationToken);
            await queue.AnnounceAsync(parent.Members[i], cancellationToken);
        }
    }

    /// <summary>
    /// Whether all runs are over that a run waits for. What a crash kept from being created is created here.
    /// </summary>
    public async Task<bool> AreOverAsync(RunDocument run, CancellationToken cancellationToken)
    {
        foreach (var id in run.Members)
        {
            if (await runs.TryGetAsync(id, cancellationToken) is not { } member)
            {
                await CreateAsync(run, cancellationToken);
                return false;
            }

            if (!RunStateEntry.IsFinal(member.State))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Its runs as they are now, the first fold's first.</summary>
    public async Task<IReadOnlyList<RunDocument>> ListAsync(RunDocument run, CancellationToken cancellationToken)
    {
        var members = new List<RunDocument>(run.Members.Count);
        foreach (var id in run.Members)
        {
            if (await runs.TryGetAsync(id, cancellationToken) is { } member)
            {
                members.Add(member);
            }
        }

        return members;
    }
}
