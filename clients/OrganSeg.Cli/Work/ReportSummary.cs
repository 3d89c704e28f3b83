using System.Text.Json;
using System.Text.Json.Serialization;

namespace OrganSeg.Cli.Work;

/// <summary>What the command line shows of a <c>report.json</c>.</summary>
/// <param name="Models">One row of tables a model.</param>
/// <param name="Warnings">What a reader must know before comparing numbers.</param>
internal sealed record ReportSummary(
    [property: JsonRequired] IReadOnlyList<ReportSummary.ModelScores> Models,
    IReadOnlyList<ReportSummary.Warning>? Warnings)
{
    /// <exception cref="OrganSegException">It is no report of ours.</exception>
    public static ReportSummary Parse(string json)
    {
        try
        {
            return JsonSerializer.Deserialize<ReportSummary>(json, JsonSerializerOptions.Web)
                ?? throw new JsonException("null");
        }
        catch (JsonException error)
        {
            throw new OrganSegException(ErrorKind.Corrupt, $"the report is not readable: {error.Message}", error);
        }
    }

    internal sealed record ModelScores(
        [property: JsonRequired] string Model, string? Version, [property: JsonRequired] IReadOnlyList<OrganScores> Organs)
    {
        /// <summary>What perturbations do to it; null where the report has no sweep.</summary>
        public IReadOnlyList<Curve>? Robustness { get; init; }

        /// <summary>model@version, or what was scored where that has no version.</summary>
        public string Name => string.IsNullOrEmpty(Version) ? Model : $"{Model}@{Version}";
    }

    internal sealed record OrganScores([property: JsonRequired] string Organ, Scores? Pooled, Scores? PerImage, Scores? PerPatient);

    /// <summary>Each 0 to 1, or null where it is undefined.</summary>
    internal sealed record Scores(double? Precision, double? Recall, double? F1);

    /// <summary>One perturbation; at the first severity nothing is changed.</summary>
    internal sealed record Curve(
        [property: JsonRequired] string Perturbation,
        [property: JsonRequired] string Unit,
        [property: JsonRequired] IReadOnlyList<double> Severities,
        [property: JsonRequired] IReadOnlyList<OrganCurve> Organs);

    internal sealed record OrganCurve(
        [property: JsonRequired] string Organ, [property: JsonRequired] IReadOnlyList<double?> F1, double? BreakPoint);

    internal sealed record Warning(string? Severity, string? Model, [property: JsonRequired] string Message);
}
