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
        var work = result.Run.Members.Count > 0 ? $"{result.Run.Members.Count} folds" : $"{result.Run.Epoch} epochs";
        output.Line($"published {result.Run.Model}@{result.Run.ModelVersion} (run {result.Run.RunId}, {work})");
        if (result.Run.CrossValidation is { } crossValidation)
        {
            Show(output, crossValidation);
        }

        if (result.Best is { } best)
        {
            output.Line($"best epoch {best.Epoch}, validation F1: "
                + string.Join(", ", best.ValidationF1.OrderBy(f1 => f1.Key).Select(f1 => $"{f1.Key} {Format.Score(f1.Value)}"))
                + $", mean {Format.Score(best.MeanValidationF1)}");
        }
    }

    private static void Show(Output output, CrossValidation result)
    {
        output.Line($"F1 of {result.Folds.Count} folds, each patient predicted by the network that has not seen it:");
        output.Table(
            ["organ", " pooled", " mean ± sd", .. result.Folds.Select(fold => $" fold {fold.Fold}")],
            result.Organs.OrderBy(organ => organ.Key).Select(organ => (IReadOnlyList<string>)
            [
                organ.Key,
                Format.Score(organ.Value.Pooled),
                organ.Value.HasDeviation ? $"{Format.Score(organ.Value.Mean)} ± {Format.Score(organ.Value.Deviation)}" : Format.Score(organ.Value.Mean),
                .. result.Folds.Select(fold => Format.Score(fold.F1.TryGetValue(organ.Key, out var f1) ? f1 : null)),
            ]));
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
        PredictedMemoryBytes = run.PredictedMemoryBytes > 0 ? run.PredictedMemoryBytes : (ulong?)null,
        PeakMemoryBytes = run.PeakMemoryBytes > 0 ? run.PeakMemoryBytes : (ulong?)null,
        CreatedAt = run.CreatedAt?.ToDateTimeOffset(),
        UpdatedAt = run.UpdatedAt?.ToDateTimeOffset(),
        Specification = run.SpecificationJson.Length > 0 ? JsonNode.Parse(run.SpecificationJson) : null,
        Members = run.Members.Count > 0 ? run.Members : null,
        Parent = run.Parent.Length > 0 ? run.Parent : null,
        CrossValidation = run.CrossValidation is { } result ? Json(result) : null,
        Best = best is null ? null : new
        {
            best.Epoch,
            best.TrainLoss,
            best.ValidationLoss,
            ValidationF1 = best.ValidationF1.ToDictionary(),
            best.MeanValidationF1,
        },
    };

    private static object Json(CrossValidation result) => new
    {
        Folds = result.Folds.Select(fold => new
        {
            fold.Fold,
            fold.RunId,
            fold.Model,
            fold.Patients,
            fold.Slices,
            F1 = fold.F1.ToDictionary(),
        }),
        Organs = result.Organs.ToDictionary(organ => organ.Key, organ => new
        {
            organ.Value.Pooled,
            organ.Value.Mean,
            Deviation = organ.Value.HasDeviation ? organ.Value.Deviation : (double?)null,
            organ.Value.Folds,
        }),
    };

    public static string Name(RunState state) => state.ToString().ToLowerInvariant();

    private static string State(Run run) => run switch
    {
        { Error.Length: > 0 } => $"{Name(run.State)}: {run.Error}",
        { QueuePosition: > 0 } => $"{Name(run.State)}, {run.QueuePosition} in line",
        _ => Name(run.State),
    };
}
