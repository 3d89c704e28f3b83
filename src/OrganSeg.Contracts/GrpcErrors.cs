using Google.Protobuf.WellKnownTypes;
using Google.Rpc;
using Grpc.Core;
using Code = Google.Rpc.Code;
using Status = Google.Rpc.Status;

namespace OrganSeg.Contracts;

/// <summary>
/// The one mapping between error kinds and gRPC status, in both directions. Field violations travel as
/// <c>google.rpc.BadRequest</c>, retry times as <c>google.rpc.RetryInfo</c>, and the kind itself as
/// <c>google.rpc.ErrorInfo</c> of the domain <c>organseg</c>, with <c>nameless</c> in its metadata
/// where <see cref="OrganSegException.IsNameless"/>.
/// </summary>
public static class GrpcErrors
{
    private const string Domain = "organseg";
    private const string Nameless = "nameless";

    /// <summary>The status code of a kind.</summary>
    public static StatusCode StatusOf(ErrorKind kind) => kind switch
    {
        ErrorKind.Invalid => StatusCode.InvalidArgument,
        ErrorKind.Missing => StatusCode.NotFound,
        ErrorKind.Exists => StatusCode.AlreadyExists,
        ErrorKind.NotReady => StatusCode.FailedPrecondition,
        ErrorKind.Quota => StatusCode.ResourceExhausted,
        ErrorKind.Dependency => StatusCode.Unavailable,
        ErrorKind.Cancelled => StatusCode.Cancelled,
        ErrorKind.Corrupt => StatusCode.DataLoss,
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "Not an error kind."),
    };

    /// <summary>What a server throws to its caller.</summary>
    public static RpcException ToRpcException(OrganSegException error)
    {
        var status = new Status { Code = (int)StatusOf(error.Kind), Message = error.Message };
        var kind = new ErrorInfo { Domain = Domain, Reason = error.Kind.ToString() };
        if (error.IsNameless)
        {
            kind.Metadata.Add(Nameless, "true");
        }

        status.Details.Add(Any.Pack(kind));
        if (error.Violations.Count > 0)
        {
            var badRequest = new BadRequest();
            badRequest.FieldViolations.AddRange(error.Violations.Select(v =>
                new BadRequest.Types.FieldViolation { Field = v.Field, Description = v.Description }));
            status.Details.Add(Any.Pack(badRequest));
        }

        if (error.RetryAfter is { } delay)
        {
            status.Details.Add(Any.Pack(new RetryInfo { RetryDelay = Duration.FromTimeSpan(delay) }));
        }

        return status.ToRpcException();
    }

    /// <summary>What a client makes of a failed call; statuses that no kind stands for become
    /// <see cref="ErrorKind.Dependency"/>.</summary>
    public static OrganSegException ToOrganSegException(RpcException error)
    {
        var status = error.GetRpcStatus();
        var violations = status?.GetDetail<BadRequest>()?.FieldViolations
            .Select(v => new FieldViolation(v.Field, v.Description)).ToArray() ?? [];
        if (violations.Length > 0)
        {
            return new OrganSegException(violations);
        }

        var info = status?.GetDetail<ErrorInfo>() is { Domain: Domain } ours ? ours : null;
        var kind = info is not null && System.Enum.TryParse<ErrorKind>(info.Reason, out var named) ? named : KindOf(error.StatusCode);
        return new OrganSegException(kind, error.Status.Detail, error)
        {
            IsNameless = info?.Metadata.ContainsKey(Nameless) == true,
            RetryAfter = status?.GetDetail<RetryInfo>()?.RetryDelay?.ToTimeSpan(),
        };
    }

    private static ErrorKind KindOf(StatusCode code) => code switch
    {
        StatusCode.InvalidArgument or StatusCode.OutOfRange => ErrorKind.Invalid,
        StatusCode.NotFound => ErrorKind.Missing,
        StatusCode.AlreadyExists => ErrorKind.Exists,
        StatusCode.FailedPrecondition or StatusCode.Aborted => ErrorKind.NotReady,
        StatusCode.ResourceExhausted => ErrorKind.Quota,
        StatusCode.Cancelled => ErrorKind.Cancelled,
        StatusCode.DataLoss => ErrorKind.Corrupt,
        _ => ErrorKind.Dependency,
    };

    /// <summary>A status with the text of an unexpected error hidden: only the trace id leaves the process.</summary>
    public static RpcException Internal(string? traceId)
    {
        var status = new Status
        {
            Code = (int)Code.Internal,
            Message = traceId is null
                ? "Internal error. The service's log tells more."
                : $"Internal error. The service's log tells more under trace id {traceId}.",
        };
        return status.ToRpcException();
    }
}
