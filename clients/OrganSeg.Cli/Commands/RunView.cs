using System.Text.Json.Nodes;
using OrganSeg.Cli.Terminal;
using OrganSeg.Cli.Work;
using OrganSeg.V1;

namespace OrganSeg.Cli.Commands;

/// <summary>How runs are shown.</summary>
internal static class RunView
{
    public static void Show(Output output, IEnumerable<Run> runs) => output.Table(
        ["run", "state", " epoch", " step", "model", "started", "updated"],
        runs.Select(run => (IReadOnlyList<string>)
        [
            run.RunId,
            State(run),
            $"{run.Epoch}",
            $"{run.Step}",
            run.Model.Length > 0 ? $"{run.Model}@{run.ModelVersion}" : string.Empty,
            Format.Time(run.CreatedAt),
            Format.Time(run.UpdatedAt),
        ]));

    public static void Show(Output output, RunResult result)
    {
        output.Line($"published {result.Run.Model}@{result.Run.ModelVersion} (run {result.Run.RunId}, {result.Run.Epoch} epochs)");
        if (result.Best is { } best)
        {
            output.Line($"best epoch {best.Epoch}, validation F1: "
                + string.Join(", ", best.ValidationF1.OrderBy(f1 => f1.Key).Select(f1 => $"{f1.Key} {Format.Score(f1.Value)}"))
                + $", mean {Format.Score(best.MeanValidationF1)}");
        }
    }

    public static object Json(Run run, EpochMetrics? best = null) => new
    {
        run.RunId,
        State = Name(run.State),
        QueuePosition = run.QueuePosition > 0 ? run.QueuePosition : (uint?)null,
        Model = run.Model.Length > 0 ? run.Model : null,
        Version = run.ModelVersion.Length > 0 ? run.ModelVersion : null,
        run.Epoch,
        run.Step,
        Error = run.Error.Length > 0 ? run.Error : null,
        CreatedAt = run.CreatedAt?.ToDateTimeOffset(),
        UpdatedAt = run.UpdatedAt?.ToDateTimeOffset(),
        Specification = run.SpecificationJson.Length > 0 ? JsonNode.Parse(run.SpecificationJson) : null,
        Best = best is null ? null : new
        {
            best.Epoch,
            best.TrainLoss,
            best.ValidationLoss,
            ValidationF1 = best.ValidationF1.ToDictionary(),
            best.MeanValidationF1,
        },
    };

    public static string Name(RunState state) => state.ToString().ToLowerInvariant();

    private static string State(Run run) => run switch
    {
        { Error.Length: > 0 } => $"{Name(run.State)}: {run.Error}",
        { QueuePosition: > 0 } => $"{Name(run.State)}, {run.QueuePosition} in line",
        _ => Name(run.State),
    };
}
