using Grpc.Core;
using OrganSeg.Contracts;

namespace OrganSeg.Ingest.Auditing;

/// <summary>Who asks for an import.</summary>
/// <param name="User">Name, at most <see cref="MaxName"/> characters; null when none was given.</param>
/// <param name="IsAuthenticated">Whether the name was proved, rather than stated by the caller.</param>
/// <param name="Address">Network address; null when there is none.</param>
internal sealed record ImportCaller(string? User, bool IsAuthenticated, string? Address)
{
    public const int MaxName = 128;

    public static ImportCaller Of(ServerCallContext context)
    {
        var http = context.GetHttpContext();
        var address = http.Connection.RemoteIpAddress?.ToString();
        return http.User.Identity is { IsAuthenticated: true, Name: { } proved }
            ? new(Shown(proved), true, address)
            : new(Stated(http.Request.Headers[CallHeaders.User].ToString()), false, address);
    }

    private static string? Stated(string header) => Shown(CallHeaders.Decode(header));

    /// <summary>A name as one line of bounded length, whatever was sent for it.</summary>
    private static string? Shown(string name)
    {
        var shown = string.Concat(name.Where(c => !char.IsControl(c) && !char.IsSurrogate(c)).Take(MaxName)).Trim();
        return shown.Length > 0 ? shown : null;
    }
}
