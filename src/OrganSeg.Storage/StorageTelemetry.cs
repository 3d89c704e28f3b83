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

    /// <summary>Bytes read or written.</summary>
    internal const string SizeTag = "organseg.blob.size";

    /// <summary>Blobs or folders listed.</summary>
    internal const string CountTag = "organseg.blob.count";

    private static readonly ActivitySource Source = new(SourceName);

    internal static Activity? Start(string operation, string container) =>
        Source.StartActivity("blob." + operation, ActivityKind.Client)?.SetTag(ContainerTag, container);

    /// <summary>Marks a span as failed; the kind of an expected failure says enough and holds no name.</summary>
    internal static void Fail(this Activity activity, Exception exception)
    {
        string type = exception is OrganSegException known ? known.Kind.ToString() : exception.GetType().Name;
        activity.SetStatus(ActivityStatusCode.Error, type).SetTag("error.type", type);
    }
}
