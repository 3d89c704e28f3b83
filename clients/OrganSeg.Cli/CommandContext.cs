using System.CommandLine;
using OrganSeg.Cli.Services;
using OrganSeg.Cli.Terminal;

namespace OrganSeg.Cli;

/// <summary>What a command works with.</summary>
/// <param name="Parsed">The command line.</param>
/// <param name="Output">Where it answers.</param>
/// <param name="Installation">Where OrganSeg lies.</param>
/// <param name="Time">The clock.</param>
internal sealed record CommandContext(ParseResult Parsed, Output Output, Installation Installation, TimeProvider Time)
{
    public T Get<T>(Argument<T> argument) => Parsed.GetRequiredValue(argument);

    public T? Get<T>(Option<T> option) => Parsed.GetValue(option);

    /// <summary>The running services of this store, or ones started for this command.</summary>
    public Task<ServiceConnection> ConnectAsync(CancellationToken cancellationToken) =>
        ServiceConnection.OpenAsync(this, cancellationToken);
}
