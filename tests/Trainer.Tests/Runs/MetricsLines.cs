using System.Text.Json.Nodes;

namespace OrganSeg.Trainer.Tests.Runs;

/// <summary>The lines of a <c>metrics.jsonl</c> without what differs between equal runs: times and the version published.</summary>
internal static class MetricsLines
{
    private static readonly string[] Differing = ["seconds", "waitSeconds", "imagesPerSecond", "modelVersion"];

    public static async Task<string[]> ReadAsync(string store, string runId, CancellationToken cancellationToken) =>
        [.. (await File.ReadAllLinesAsync(Path.Combine(store, "runs", runId, "metrics.jsonl"), cancellationToken)).Select(Without)];

    private static string Without(string line)
    {
        var entry = JsonNode.Parse(line)!.AsObject();
        foreach (var part in entry.Select(property => property.Value).OfType<JsonObject>().Prepend(entry).ToArray())
        {
            foreach (var name in Differing)
            {
                part.Remove(name);
            }
        }

        return entry.ToJsonString();
    }
}
