using System.Diagnostics;
using System.Text;
using OrganSeg.Testing;

namespace OrganSeg.EndToEnd.Tests;

/// <summary>Runs the <c>organseg</c> command as a user does: a process of its own.</summary>
/// <param name="home">Folder of its state and logs.</param>
/// <param name="blobs">Connection string of the store.</param>
/// <param name="otlpEndpoint">Where it and the services send telemetry; null for nowhere.</param>
internal sealed class CommandLine(string home, string blobs, string? otlpEndpoint = null)
{
    public const string HomeVariable = "ORGANSEG_HOME";

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(6);

    // Built in the same configuration as these tests, in the folder beside theirs.
    private static readonly string Program = Path.GetFullPath(Path.Combine(
        AppContext.BaseDirectory, "..", "..", "OrganSeg.Cli",
        Path.GetFileName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory)), "organseg.dll"));

    public string Home => home;

    /// <summary>Whether the store gets the model that ships; without it a store holds only what the test puts there.</summary>
    public bool HasShippedModel { get; init; }

    public async Task<CommandResult> RunAsync(CancellationToken cancellationToken, params string[] arguments)
    {
        using var command = Start(arguments);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(Patience);
        return await command.WaitAsync(patience.Token);
    }

    public RunningCommand Start(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [Program, .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
            StandardErrorEncoding = Encoding.UTF8,
            WorkingDirectory = Repository.Root,
        };
        start.Environment[HomeVariable] = home;
        start.Environment["ConnectionStrings__blobs"] = blobs;
        if (!HasShippedModel)
        {
            start.Environment["Inference__ShippedModels"] = "";
        }

        start.Environment.Remove("OTEL_EXPORTER_OTLP_ENDPOINT");
        if (otlpEndpoint is not null)
        {
            start.Environment["OTEL_EXPORTER_OTLP_ENDPOINT"] = otlpEndpoint;
        }

        return new RunningCommand(start);
    }
}
