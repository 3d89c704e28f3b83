using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace OrganSeg.Storage;

/// <summary>
/// Spans of blob operations: <c>blob.find</c>, <c>blob.read</c>, <c>blob.write</c>, <c>blob.list</c>,
/// <c>blob.delete</c>, with the container and the size, and how long they took as metrics. Blob names are left out, since
/// shards are named after cases.
/// </summary>
public static class StorageTelemetry
{
    /// <summary>Name of the activity source, and of the meter.</summary>
    public const string SourceName = "OrganSeg.Storage";

    internal const string ContainerTag = "organseg.blob.container";

    private const string AnswerTag = "organseg.blob.answer";

    private const string OperationTag = "organseg.blob.operation";

    /// <summary>Bytes read or written.</summary>
    internal const string SizeTag = "organseg.blob.size";

    /// <summary>Blobs or folders listed.</summary>
    internal const string CountTag = "organseg.blob.count";

    private static readonly ActivitySource Source = new(SourceName);
    private static readonly Meter Meter = new(SourceName);

    // From a file in the system's cache to a volume over a slow line.
    private static readonly Histogram<double> Duration = Meter.CreateHistogram(
        "organseg.storage.duration",
        "s",
        "Time of a blob operation; of a read until the caller had all that it wanted.",
        tags: null,
        new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60] });

    private static readonly Counter<long> Bytes = Meter.CreateCounter<long>(
        "organseg.storage.bytes", "By", "Bytes of blobs read and written.");

    internal static Activity? Start(string operation, string container) =>
        Source.StartActivity("blob." + operation, ActivityKind.Client)?.SetTag(ContainerTag, container);

    /// <summary>
    /// Marks the span of an operation that did not do what was asked. That there is no such blob, or that another one is there,
    /// is an answer: whether it is a failure is for those to say who asked.
    /// </summary>
    internal static void Fail(this Activity activity, Exception exception)
    {
        if (exception is OrganSegException { Kind: ErrorKind.Missing or ErrorKind.Exists or ErrorKind.NotReady } answer)
        {
            activity.SetTag(AnswerTag, answer.Kind.ToString());
        }
        else
        {
            SpanErrors.Fail(activity, exception);
        }
    }

    /// <summary>Counts an operation that has ended, in the span that is current.</summary>
    /// <param name="operation">find, read, write, list or delete.</param>
    /// <param name="container">What it was in.</param>
    /// <param name="took">How long it took.</param>
    /// <param name="failure">Why it failed; null when it did not.</param>
    internal static void Ended(string operation, string container, TimeSpan took, Exception? failure)
    {
        TagList tags = TagsOf(operation, container);
        if (failure is not null)
        {
            tags.Add(SpanErrors.TypeTag, SpanErrors.TypeOf(failure));
        }

        Duration.Record(took.TotalSeconds, tags);
    }

    internal static void Moved(string operation, string container, long bytes) => Bytes.Add(bytes, TagsOf(operation, container));

    private static TagList TagsOf(string operation, string container) =>
        new() { { OperationTag, operation }, { ContainerTag, container } };
}
