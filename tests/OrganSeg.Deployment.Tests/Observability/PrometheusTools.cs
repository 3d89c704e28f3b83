using System.Diagnostics;
using OrganSeg.Testing;

namespace OrganSeg.Deployment.Tests.Observability;

/// <summary>The programs <c>prometheus</c> and <c>promtool</c>, where the launcher has put them or on the path.</summary>
internal static class PrometheusTools
{
    public const string Missing = "prometheus and promtool are missing; './organseg test' fetches them where apt is, else put them on the PATH.";

    public static string? Server { get; } = Find("prometheus");

    public static string? Tool { get; } = Find("promtool");

    /// <summary>Full path of a file in <c>deploy/observability</c>.</summary>
    public static string FileOf(params ReadOnlySpan<string> parts) => Repository.PathOf(["deploy", "observability", .. parts]);

    /// <summary>Runs <c>promtool</c> to its end; skips the test where there is none.</summary>
    /// <returns>The exit code, and what it wrote to standard output and standard error.</returns>
    public static async Task<(int Code, string Output)> CheckAsync(CancellationToken cancellationToken, params string[] arguments)
    {
        Assert.SkipWhen(Tool is null, Missing);
        using var process = Process.Start(
            new ProcessStartInfo(Tool!, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
            var errors = process.StandardError.ReadToEndAsync(cancellationToken);
            await process.WaitForExitAsync(cancellationToken);
            return (process.ExitCode, await output + await errors);
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
    }

    private static string? Find(string program)
    {
        string[] folders =
        [
            Repository.PathOf(".organseg", "tools", "prometheus", "usr", "bin"),
            .. (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries),
        ];
        return folders.Select(folder => Path.Combine(folder, OperatingSystem.IsWindows() ? program + ".exe" : program))
            .FirstOrDefault(File.Exists);
    }
}
