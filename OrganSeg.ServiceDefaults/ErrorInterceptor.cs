using System.Diagnostics;
using Grpc.Core;
using Grpc.Core.Interceptors;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using OrganSeg.Contracts;

namespace OrganSeg.ServiceDefaults;

/// <summary>Maps every error that leaves a gRPC method to its status, marks the span and the call's metrics, and logs it once.</summary>
internal sealed partial class ErrorInterceptor(ILogger<ErrorInterceptor> logger) : Interceptor
{
    public override async Task<TResponse> UnaryServerHandler<TRequest, TResponse>(
        TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation)
    {
        try
        {
            return await continuation(request, context);
        }
        catch (Exception error)
        {
            throw Map(error, context);
        }
    }

    public override async Task<TResponse> ClientStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream, ServerCallContext context,
        ClientStreamingServerMethod<TRequest, TResponse> continuation)
    {
        try
        {
            return await continuation(requestStream, context);
        }
        catch (Exception error)
        {
            throw Map(error, context);
        }
    }

    public override async Task ServerStreamingServerHandler<TRequest, TResponse>(
        TRequest request, IServerStreamWriter<TResponse> responseStream, ServerCallContext context,
        ServerStreamingServerMethod<TRequest, TResponse> continuation)
    {
        try
        {
            await continuation(request, responseStream, context);
        }
        catch (Exception error)
        {
            throw Map(error, context);
        }
    }

    public override async Task DuplexStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream, IServerStreamWriter<TResponse> responseStream,
        ServerCallContext context, DuplexStreamingServerMethod<TRequest, TResponse> continuation)
    {
        try
        {
            await continuation(requestStream, responseStream, context);
        }
        catch (Exception error)
        {
            throw Map(error, context);
        }
    }

    private RpcException Map(Exception error, ServerCallContext context)
    {
        var activity = Activity.Current;
        switch (error)
        {
            case OrganSegException expected:
                Mark(activity, context, expected);
                // An overloaded service must not also drown in its own log.
                LogRefused(expected.Kind == ErrorKind.Quota ? LogLevel.Debug : LogLevel.Information, context.Method, expected.Kind);
                return GrpcErrors.ToRpcException(expected);
            case RpcException rpc:
                // A service further down has mapped it already.
                Mark(activity, context, GrpcErrors.ToOrganSegException(rpc));
                return rpc;
            case OperationCanceledException when context.CancellationToken.IsCancellationRequested:
            case IOException when context.CancellationToken.IsCancellationRequested:
                var cancelled = new OrganSegException(ErrorKind.Cancelled, "The call was cancelled.");
                Mark(activity, context, cancelled);
                return GrpcErrors.ToRpcException(cancelled);
            case OperationCanceledException:
                var stopping = new OrganSegException(ErrorKind.Dependency, "The service is shutting down; call again.") { IsNameless = true };
                Mark(activity, context, stopping);
                return GrpcErrors.ToRpcException(stopping);
            default:
                Mark(activity, context, error);
                LogUnexpected(error, context.Method, activity?.TraceId.ToString());
                return GrpcErrors.Internal(activity?.TraceId.ToString());
        }
    }

    private static void Mark(Activity? activity, ServerCallContext context, Exception error)
    {
        activity?.Fail(error);

        // To HTTP every gRPC call is a success, and would count as one.
        context.GetHttpContext().Features.Get<IHttpMetricsTagsFeature>()?.Tags.Add(new(SpanErrors.TypeTag, SpanErrors.TypeOf(error)));
    }

    [LoggerMessage(EventId = 9001, Message = "{Method} refused: {Kind}")]
    private partial void LogRefused(LogLevel level, string method, ErrorKind kind);

    [LoggerMessage(9002, LogLevel.Error, "{Method} failed unexpectedly; trace id {TraceId}")]
    private partial void LogUnexpected(Exception error, string method, string? traceId);
}
