namespace OrganSeg.Ingest.Quality;

/// <summary>Counts what is found by kind and keeps the first examples, so that memory stays flat. For one caller at a time.</summary>
internal sealed class Findings
{
    private const int MostExamples = 20;

    private readonly HashSet<string> _doubtful = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (Severity Severity, string Message, int Count, List<string> Examples)> _kinds = [];

    /// <summary>Warnings first, then in the order in which their kinds were found.</summary>
    public IReadOnlyList<Finding> All => [.. _kinds
        .Select(kind => new Finding(kind.Key, kind.Value.Severity, kind.Value.Count, kind.Value.Message, kind.Value.Examples))
        .OrderByDescending(finding => finding.Severity)];

    /// <param name="code">Names the kind.</param>
    /// <param name="severity">Of the kind.</param>
    /// <param name="message">Of the kind: what it is and what to do.</param>
    /// <param name="example">What it was found in; empty for a thing of the whole dataset.</param>
    /// <param name="slice">Name of the slice it was found in; null where it is not of one.</param>
    /// <param name="count">How many it stands for.</param>
    public void Add(string code, Severity severity, string message, string example = "", string? slice = null, int count = 1)
    {
        if (slice is not null && severity == Severity.Warning)
        {
            _doubtful.Add(slice);
        }

        var kind = _kinds.GetValueOrDefault(code, (severity, message, 0, []));
        if (example.Length > 0 && kind.Examples.Count < MostExamples)
        {
            kind.Examples.Add(example);
        }

        _kinds[code] = kind with { Count = kind.Count + count };
    }

    /// <summary>Names of the slices that warnings were added of since the last call.</summary>
    public IReadOnlySet<string> TakeDoubtful()
    {
        var taken = _doubtful.ToHashSet(StringComparer.Ordinal);
        _doubtful.Clear();
        return taken;
    }
}
