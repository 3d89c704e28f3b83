namespace OrganSeg.EndToEnd.Tests;

/// <summary>One command as it was run, and the spans of the trace that it began.</summary>
internal sealed record TraceOperation(string Name, RecordedSpan Root, IReadOnlyList<RecordedSpan> Spans)
{
    public IEnumerable<RecordedSpan> Failed => Spans.Where(span => span.Failed);

    public RecordedSpan? ParentOf(RecordedSpan span) => Spans.FirstOrDefault(other => other.SpanId == span.ParentId);

    /// <summary>The spans of a name, of which there must be some.</summary>
    public IReadOnlyList<RecordedSpan> Named(string name)
    {
        var named = Spans.Where(span => span.Name == name).ToList();
        Assert.True(named.Count > 0, $"{Name} has no span {name}:\n{TraceTree.Format(this)}");
        return named;
    }

    /// <summary>Whether a span lies somewhere below another.</summary>
    public bool IsBelow(RecordedSpan span, RecordedSpan above)
    {
        for (var at = ParentOf(span); at is not null; at = ParentOf(at))
        {
            if (at == above)
            {
                return true;
            }
        }

        return false;
    }
}
