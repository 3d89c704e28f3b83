using System.Diagnostics;

namespace OrganSeg;

/// <summary>
/// How failures stand in traces: which kind, and what to do about it. Operators read traces, and collectors keep them, so
/// that nothing stands there that could name a file, a case or a patient.
/// </summary>
public static class SpanErrors
{
    /// <summary>Tag with the kind of a failure.</summary>
    public const string TypeTag = "error.type";

    /// <summary>The type of a failure that nobody expected.</summary>
    public const string Unexpected = "Internal";

    /// <summary>Marks a span as failed.</summary>
    /// <param name="activity">The span.</param>
    /// <param name="error">Why.</param>
    public static void Fail(this Activity activity, Exception error)
    {
        switch (error)
        {
            case OrganSegException known:
                Fail(activity, TypeOf(error), known.IsNameless ? known.Message : AdviceOn(known.Kind));
                break;
            case OperationCanceledException:
                Fail(activity, TypeOf(error), AdviceOn(ErrorKind.Cancelled));
                break;
            default:
                Fail(activity, TypeOf(error), "Nobody foresaw this; the log of the service tells more under the same trace id. Please report it.");
                break;
        }
    }

    /// <summary>Marks a span as failed.</summary>
    /// <param name="activity">The span.</param>
    /// <param name="type">Kind of the failure, one of a small number.</param>
    /// <param name="advice">What happened and what to do, without the name of a file, case or patient.</param>
    public static void Fail(this Activity activity, string type, string advice) =>
        activity.SetTag(TypeTag, type).SetStatus(ActivityStatusCode.Error, advice);

    /// <summary>Runs work in a span, which is marked when the work fails.</summary>
    /// <param name="start">Starts the span; gives null where nobody listens.</param>
    /// <param name="work">What is done in it.</param>
    public static async Task<T> RunAsync<T>(Func<Activity?> start, Func<Activity?, Task<T>> work)
    {
        using var activity = start();
        try
        {
            return await work(activity);
        }
        catch (Exception error)
        {
            activity?.Fail(error);
            throw;
        }
    }

    /// <summary>Kind of a failure, as <see cref="TypeTag"/> has it.</summary>
    /// <param name="error">The failure.</param>
    public static string TypeOf(Exception error) => error switch
    {
        OrganSegException known => known.Kind.ToString(),
        OperationCanceledException => nameof(ErrorKind.Cancelled),
        _ => Unexpected,
    };

    /// <summary>What to do about any failure of a kind. Its message says more, but may name the caller's files.</summary>
    /// <param name="kind">The kind.</param>
    public static string AdviceOn(ErrorKind kind) => kind switch
    {
        ErrorKind.Invalid => "What was sent is wrong. The caller was told in which file or field and what to change; sending it again as it is does not help.",
        ErrorKind.Missing => "What was named does not exist. The caller was told what does; name one of those.",
        ErrorKind.Exists => "What should be made exists already. Use it, or choose another name.",
        ErrorKind.NotReady => "The state does not allow it now, or was changed meanwhile. Look at what was named, then try again.",
        ErrorKind.Quota => "A limit is reached. Try again after the time that the caller was told, or raise the limit.",
        ErrorKind.Dependency => "Something that this process depends on failed or did not answer. See the failed spans below, and whether store and services are healthy.",
        ErrorKind.Cancelled => "The caller gave up or the work was cancelled. There is nothing to mend.",
        ErrorKind.Corrupt => "Stored data does not match its digest or format. Restore it from a copy; the caller was told which blob.",
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "Not an error kind."),
    };
}
