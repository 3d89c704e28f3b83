using System.Diagnostics;
using System.Text.RegularExpressions;

namespace OrganSeg.Deployment.Tests.Kubernetes;

/// <summary>The <c>kubectl</c> of this machine, of which only <c>kubectl kustomize</c> is needed: it speaks to no cluster.</summary>
internal static partial class Kubectl
{
    private const int LeastMinor = 27;

    private static readonly Lazy<Task<string?>> Problem = new(FindProblemAsync);

    /// <summary>Why it cannot be used here; null when it can.</summary>
    public static Task<string?> ProblemAsync() => Problem.Value;

    /// <summary>What <c>kubectl kustomize</c> makes of a folder.</summary>
    public static async Task<string> KustomizeAsync(string folder)
    {
        var (code, output, errors) = await RunAsync("kustomize", folder);
        Assert.True(code == 0, $"kubectl kustomize {folder}: {errors}");
        return output;
    }

    private static async Task<string?> FindProblemAsync()
    {
        string text;
        try
        {
            (_, text, _) = await RunAsync("version", "--client", "--output=json");
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return $"kubectl is not installed; its kustomize of 1.{LeastMinor} or newer renders what is checked here.";
        }

        var version = Version().Match(text);
        return version.Success && int.Parse(version.Groups["minor"].ValueSpan) >= LeastMinor
            ? null
            : $"kubectl is too old: its kustomize of 1.{LeastMinor} or newer renders what is checked here.";
    }

    private static async Task<(int Code, string Output, string Errors)> RunAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo("kubectl", arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start) ?? throw new InvalidOperationException("kubectl did not start.");
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, await output, await errors);
    }

    [GeneratedRegex("""
        "gitVersion": *"v1\.(?<minor>\d+)\.
        """)]
    private static partial Regex Version();
}
