using System.Text.Json;

namespace OrganSeg.EndToEnd.Tests;

/// <summary>What a finished command left: exit code and both streams.</summary>
internal sealed record CommandResult(int ExitCode, string Output, string Error)
{
    public CommandResult Succeeded()
    {
        Assert.True(ExitCode == 0, $"exit code {ExitCode}\n--- output\n{Output}\n--- error\n{Error}");
        return this;
    }

    /// <summary>The one document that a command prints with <c>--json</c>.</summary>
    public JsonElement Json() => JsonDocument.Parse(Succeeded().Output).RootElement;
}
