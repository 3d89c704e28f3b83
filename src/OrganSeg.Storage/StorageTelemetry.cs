using System.Diagnostics;

namespace OrganSeg.Storage;

/// <summary>
/// Spans of blob operations: <c>blob.find</c>, <c>blob.read</c>, <c>blob.write</c>, <c>blob.list</c>,
/// <c>blob.delete</c>, with the container and the size. Blob names are left out, since shards are named after cases.
/// </summary>
public static class StorageTelemetry
{
    /// <summary>Name of the activity source.</summary>
    public const string SourceName = "OrganSeg.Storage";

    internal const string ContainerTag = "organseg.blob.container";

    private const string AnswerTag = "organseg.blob.answer";

    /// <summary>Bytes read or written.</summary>
    internal const string SizeTag = "organseg.blob.size";

    /// <summary>Blobs or folders listed.</summary>
    internal const string CountTag = "organseg.blob.count";

    private static readonly ActivitySource Source = new(SourceName);

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
}
