using System.Diagnostics;
using System.Text;

namespace OrganSeg.EndToEnd.Tests;

/// <summary>What a finished command left: exit code and both streams.</summary>
internal sealed record CommandResult(int ExitCode, string Output, string Error)
{
    public CommandResult Succeeded()
    {
        Assert.True(ExitCode == 0, $"exit code {ExitCode}\n--- output\n{Output}\n--- error\n{Error}");
        return this;
    }
}

/// <summary>Runs the <c>organseg</c> command as a user does: a process of its own.</summary>
internal sealed class CommandLine(string home, string blobs, string? otlpEndpoint = null)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(6);

    public async Task<CommandResult> RunAsync(CancellationToken cancellationToken, params string[] arguments)
    {
        using var process = Start(arguments);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(Patience);
        var output = process.StandardOutput.ReadToEndAsync(patience.Token);
        var error = process.StandardError.ReadToEndAsync(patience.Token);
        try
        {
            await process.WaitForExitAsync(patience.Token);
            return new CommandResult(process.ExitCode, await output, await error);
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
    }

    public Process Start(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
            StandardErrorEncoding = Encoding.UTF8,
        };
        start.ArgumentList.Add(OrganSeg.EndToEnd.Tests.RepositoryFiles.CommandLine);
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        start.Environment["ORGANSEG_HOME"] = home;
        start.Environment["ConnectionStrings__blobs"] = blobs;
        start.Environment.Remove("OTEL_EXPORTER_OTLP_ENDPOINT");
        if (otlpEndpoint is not null)
        {
            start.Environment["OTEL_EXPORTER_OTLP_ENDPOINT"] = otlpEndpoint;
            start.Environment["OTEL_BSP_SCHEDULE_DELAY"] = "200";
        }

        return Process.Start(start) ?? throw new InvalidOperationException("dotnet did not start.");
    }
}
