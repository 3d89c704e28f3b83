using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using Microsoft.Extensions.Options;
using OrganSeg.Storage;
using OrganSeg.Trainer.Publishing;
using OrganSeg.Trainer.Queueing;
using OrganSeg.Trainer.Runs;
using OrganSeg.Trainer.Specifications;
using OrganSeg.Trainer.Training;

namespace OrganSeg.Trainer.Headless;

/// <summary>One run on folders: the services of a Trainer, put together by hand, without host or server.</summary>
internal sealed class HeadlessRun : IAsyncDisposable
{
    private static readonly TimeSpan LongestFarewell = TimeSpan.FromSeconds(5);

    private readonly TextWriter _output;
    private readonly RunCatalogue _runs;
    private readonly FoldRuns _folds;
    private readonly RunService _service;
    private readonly RunClaims _claims;
    private readonly RunExecutor _executor;
    private readonly TrainerTelemetry _telemetry = new(TimeProvider.System);
    private readonly ILoggerFactory _logging = LoggerFactory.Create(logging => logging.AddConsole(
        console => console.LogToStandardErrorThreshold = LogLevel.Trace));

    private readonly IOptions<TrainerOptions> _options;

    private HeadlessRun(IObjectStore data, IObjectStore outcome, TextWriter output)
    {
        _options = ReadOptions();
        // Who starts it says how often it is tried.
        _options.Value.MaxAbandonments = int.MaxValue;
        var live = new LiveRuns();
        var datasets = new DatasetCatalogue(data, TimeProvider.System);
        _output = output;
        _runs = new RunCatalogue(outcome, TimeProvider.System);
        var queue = new InProcessRunQueue(live);
        _folds = new FoldRuns(_runs, queue);
        var models = new ModelCatalogue(outcome, TimeProvider.System);
        var publisher = new ModelPublisher(models, _telemetry, _options);
        _service = new RunService(_runs, datasets, _folds, live, queue, _options, TimeProvider.System);
        _claims = new RunClaims(_runs, _folds, _telemetry, _options, TimeProvider.System, _logging.CreateLogger<RunClaims>());
        _executor = new RunExecutor(
            _runs,
            datasets,
            publisher,
            new FoldEnsemble(_folds, datasets, models, publisher, _telemetry, _options),
            live,
            _telemetry,
            _options,
            TimeProvider.System,
            _logging.CreateLogger<RunExecutor>());
    }

    /// <param name="data">A store, or the folder of its datasets.</param>
    /// <param name="outcome">Folder of the store that run and model go to.</param>
    /// <param name="output">Gets a line for each epoch and each change of state.</param>
    /// <exception cref="OrganSegException">Invalid: there is no such data.</exception>
    public static HeadlessRun Create(string data, string outcome, TextWriter output)
    {
        PatientThreads.Ask();
        ComputeDevice.Require();
        if (!Directory.Exists(data))
        {
            throw OrganSegException.Invalid("--data", $"{data} is not a folder");
        }

        var isStore = Directory.Exists(Path.Combine(data, DatasetFolder.Container));
        return new HeadlessRun(
            isStore ? new FolderObjectStore(data) : new DatasetFolder(data), new FolderObjectStore(outcome), output);
    }

    /// <summary>Starts the run, or continues it where it was left; of a cross-validation, first those of its folds.</summary>
    /// <returns>Whether the model is published.</returns>
    public async Task<bool> RunAsync(JsonElement specification, CancellationToken cancellationToken)
    {
        var run = await BeginAsync(SpecificationReader.Read(specification), cancellationToken);
        if (run.State != RunState.Succeeded)
        {
            await _folds.CreateAsync(run, cancellationToken);
        }

        foreach (var member in run.State == RunState.Succeeded ? [] : run.Members)
        {
            var fold = await ResumedAsync(await _runs.GetAsync(member, cancellationToken), cancellationToken);
            if (!await RunAsync(fold, cancellationToken))
            {
                return false;
            }
        }

        return await RunAsync(run, cancellationToken);
    }

    private async Task<bool> RunAsync(RunDocument begun, CancellationToken cancellationToken)
    {
        var run = await ClaimAsync(begun, cancellationToken);
        if (run.State == RunState.Running)
        {
            using var watch = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            var watching = WatchAsync(run.RunId, watch.Token);
            await _executor.ExecuteAsync(run, cancellationToken);

            // An ending that could not be stored is one that a watcher would wait for for ever.
            watch.CancelAfter(LongestFarewell);
            await watching;
            run = await _runs.GetAsync(run.RunId, CancellationToken.None);
        }

        await _output.WriteLineAsync(run.State switch
        {
            RunState.Succeeded => $"run {run.RunId}: published {run.Model}@{run.ModelVersion}",
            RunState.Running => $"run {run.RunId}: stopped at step {run.Step}; the same command continues it",
            _ => $"run {run.RunId}: {run.State}. {run.Error}",
        });
        return run.State == RunState.Succeeded;
    }

    public ValueTask DisposeAsync()
    {
        _service.Dispose();
        _telemetry.Dispose();
        _logging.Dispose();
        return ValueTask.CompletedTask;
    }

    private static IOptions<TrainerOptions> ReadOptions()
    {
        var options = new TrainerOptions();
        new ConfigurationBuilder().AddEnvironmentVariables().Build().GetSection(TrainerOptions.Section).Bind(options);
        var problems = new List<ValidationResult>();
        Validator.TryValidateObject(options, new ValidationContext(options), problems, validateAllProperties: true);
        var violations = problems.Select(problem =>
            new FieldViolation($"{TrainerOptions.Section}__{problem.MemberNames.First()}", problem.ErrorMessage ?? "is wrong")).ToList();
        if (options.Contradiction is { } contradiction)
        {
            violations.Add(new($"{TrainerOptions.Section}__{nameof(TrainerOptions.StaleAfterSeconds)}", contradiction));
        }

        return violations.Count > 0
            ? throw new OrganSegException(violations)
            : Microsoft.Extensions.Options.Options.Create(options);
    }

    /// <summary>A run of the specification, queued if it had stopped.</summary>
    private async Task<RunDocument> BeginAsync(RunSpecification spec, CancellationToken cancellationToken) => await ResumedAsync(
        await FindAsync(spec, cancellationToken) ?? await _service.StartAsync(spec, cancellationToken), cancellationToken);

    private async Task<RunDocument> ResumedAsync(RunDocument run, CancellationToken cancellationToken) =>
        run.State is RunState.Failed or RunState.Cancelled ? await _service.ResumeAsync(run.RunId, cancellationToken) : run;

    /// <summary>The run in this process's hands, or as it has succeeded.</summary>
    private async Task<RunDocument> ClaimAsync(RunDocument queued, CancellationToken cancellationToken) =>
        queued.State == RunState.Succeeded
            ? queued
            : await _claims.TryAsync(queued, cancellationToken) ?? throw new OrganSegException(
                ErrorKind.NotReady,
                $"Run {queued.RunId} is being worked on by another Trainer, or was a moment ago; try again in {_options.Value.StaleAfterSeconds} seconds.");

    /// <summary>The newest run that asked for the same.</summary>
    private async Task<RunDocument?> FindAsync(RunSpecification spec, CancellationToken cancellationToken)
    {
        await foreach (var run in _runs.ListAsync(cancellationToken))
        {
            if (Before(run) is not { } before)
            {
                continue;
            }

            var asked = spec with
            {
                Dataset = spec.Dataset.Contains('@') ? spec.Dataset : $"{spec.Dataset}@{before.Dataset.Split('@')[^1]}",
                DatasetDigest = spec.DatasetDigest.Length > 0 ? spec.DatasetDigest : before.DatasetDigest,
                Classes = before.Classes,
            };
            if (asked == before)
            {
                return run;
            }
        }

        return null;
    }

    /// <summary>What a stored run was to do; null when it cannot be read, which is no reason not to do another one.</summary>
    private static RunSpecification? Before(RunDocument run)
    {
        try
        {
            return RunSpecification.FromJson(run.Specification);
        }
        catch (OrganSegException)
        {
            return null;
        }
    }

    private async Task WatchAsync(string runId, CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var entry in _service.WatchAsync(runId, 0, cancellationToken))
            {
                if (entry.Epoch is { } epoch)
                {
                    var organs = string.Join(' ', epoch.ValidationF1.Select(f1 => FormattableString.Invariant($"{f1.Key} {f1.Value:F3}")));
                    await _output.WriteLineAsync(FormattableString.Invariant(
                        $"epoch {epoch.Epoch}: loss {epoch.TrainLoss:F4}, validation {epoch.ValidationLoss:F4}, F1 {organs}, {epoch.Seconds:F1} s"));
                }
                else if (entry.Progress is { } progress)
                {
                    await _output.WriteLineAsync(progress.Stage);
                }
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
        }
    }
}
