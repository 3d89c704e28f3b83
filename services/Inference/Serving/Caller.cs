using Grpc.Core;

namespace OrganSeg.Inference.Serving;

/// <summary>Who asks for a run.</summary>
/// <param name="Client">What clients are told apart by: the authenticated name, else the connection.</param>
/// <param name="Waits">Whether it holds back by itself, as streams do, and so is never refused.</param>
internal readonly record struct Caller(string Client, bool Waits = false)
{
    /// <summary>The caller of a gRPC method.</summary>
    public static Caller Of(ServerCallContext context) => Of(context.GetHttpContext());

    /// <summary>The caller of an HTTP request.</summary>
    public static Caller Of(HttpContext context) =>
        new(context.User.Identity is { IsAuthenticated: true, Name: { } name } ? name : context.Connection.Id);
}
