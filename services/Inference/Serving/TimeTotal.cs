namespace OrganSeg.Inference.Serving;

/// <summary>How often, and how long all together.</summary>
internal readonly record struct TimeTotal(long Count, TimeSpan Time)
{
    public TimeTotal Plus(long count, TimeSpan time) => new(Count + count, Time + time);
}
