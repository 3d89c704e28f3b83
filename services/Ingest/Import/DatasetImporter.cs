using System.Diagnostics;
using Microsoft.Extensions.Options;
using OrganSeg.Imaging;
using OrganSeg.Ingest.Splits;
using OrganSeg.Ingest.Spooling;
using OrganSeg.Ingest.Uploads;
using OrganSeg.Storage;

namespace OrganSeg.Ingest.Import;

/// <summary>
/// Makes one sealed dataset version out of one upload. Files are decoded and resized on every core while others still
/// come in; the results wait in a spool; shards are written once everything is known to be right.
/// </summary>
internal sealed partial class DatasetImporter(
    DatasetCatalogue catalogue,
    SpoolFolder spools,
    IngestTelemetry telemetry,
    IOptions<IngestOptions> options,
    ILogger<DatasetImporter> logger)
{
    /// <param name="plan">What to make.</param>
    /// <param name="files">The upload.</param>
    /// <param name="progress">Is advanced.</param>
    /// <param name="cancellationToken">Ends the import; nothing stays behind.</param>
    /// <exception cref="OrganSegException"><see cref="ErrorKind.Invalid"/> with everything that is wrong with the
    /// upload; nothing is sealed then.</exception>
    public async Task<DatasetManifest> ImportAsync(
        ImportPlan plan, IAsyncEnumerable<UploadedFile> files, ImportProgress progress, CancellationToken cancellationToken)
    {
        var started = telemetry.Started();
        var outcome = "failed";
        long slices = 0;
        try
        {
            using var spool = spools.Create();
            var problems = new Problems();
            var received = await TakeInAsync(plan, files, spool, problems, progress, cancellationToken);
            var split = Check(plan, received, problems);
            var manifest = await SpanErrors.RunAsync(
                () => telemetry.StartStage("seal"), span => SealAsync(plan, received, split, spool, progress, span, cancellationToken));
            (outcome, slices) = ("sealed", received.Count);
            LogSealed(manifest.Dataset, manifest.Version, slices, manifest.Cases.Count);
            return manifest;
        }
        catch (OperationCanceledException)
        {
            outcome = "cancelled";
            throw;
        }
        catch (OrganSegException error)
        {
            outcome = error.Kind.ToString().ToLowerInvariant();
            throw;
        }
        finally
        {
            telemetry.Ended(started, slices, outcome);
        }
    }

    /// <summary>Receives and normalises at the same time, until both have ended or one has failed.</summary>
    private async Task<IReadOnlyCollection<ReceivedSlice>> TakeInAsync(
        ImportPlan plan,
        IAsyncEnumerable<UploadedFile> files,
        Spool spool,
        Problems problems,
        ImportProgress progress,
        CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var waiting = new WaitingFiles(options.Value.MaxWaitingMebibytes);
        var receiving = StopOthersOnFailure(
            "receive", span => ReceiveAsync(files, waiting, problems, progress, span, stop.Token));
        var normalising = StopOthersOnFailure(
            "normalise",
            span => NormaliseAsync(new SliceNormaliser(plan, spool), waiting, problems, progress.Normalise, span, stop.Token));

        // A failure comes before the cancellation that it caused.
        await Task.WhenAll(receiving, normalising);
        return await receiving;

        async Task<T> StopOthersOnFailure<T>(string stage, Func<Activity?, Task<T>> work)
        {
            try
            {
                return await SpanErrors.RunAsync(() => telemetry.StartStage(stage), work);
            }
            catch
            {
                await stop.CancelAsync();
                throw;
            }
        }
    }

    private async Task<IReadOnlyCollection<ReceivedSlice>> ReceiveAsync(
        IAsyncEnumerable<UploadedFile> files,
        WaitingFiles waiting,
        Problems problems,
        ImportProgress progress,
        Activity? span,
        CancellationToken cancellationToken)
    {
        var slices = new Dictionary<string, ReceivedSlice>(StringComparer.Ordinal);
        long bytes = 0;
        await foreach (var file in files.WithCancellation(cancellationToken))
        {
            bytes += file.Length;
            telemetry.Received(file.Length);
            progress.Receive.Advance();
            if (progress.Receive.Done > options.Value.MaxFiles)
            {
                throw OrganSegException.Invalid(
                    "files", $"are more than {options.Value.MaxFiles}, the most in one import; import them in parts.");
            }

            if (FileName.Problem(file.Name) is { } wrong)
            {
                problems.Add(FileName.Shown(file.Name), wrong);
                continue;
            }

            var name = FileName.StemOf(file.Name);
            if (!slices.TryGetValue(name, out var slice))
            {
                slices.Add(name, slice = new ReceivedSlice(file.Name, name));
            }

            if (slice.Take(file.Role) is { } duplicate)
            {
                problems.Add(file.Name, duplicate);
                continue;
            }

            await waiting.AddAsync(slice, file, cancellationToken);
        }

        waiting.Complete();
        progress.Receive.Total = progress.Receive.Done;
        progress.Normalise.Total = progress.Receive.Done;
        span?.SetTag("organseg.files", progress.Receive.Done).SetTag("organseg.bytes", bytes);
        return slices.Values;
    }

    private static async Task<bool> NormaliseAsync(
        SliceNormaliser normaliser,
        WaitingFiles waiting,
        Problems problems,
        StageProgress progress,
        Activity? span,
        CancellationToken cancellationToken)
    {
        var workers = new ParallelOptions
        {
            MaxDegreeOfParallelism = Environment.ProcessorCount,
            CancellationToken = cancellationToken,
        };
        await Parallel.ForEachAsync(waiting.TakeAllAsync(cancellationToken), workers, async (item, token) =>
        {
            try
            {
                await normaliser.NormaliseAsync(item.Slice, item.File, token);
            }
            catch (OrganSegException error) when (error.Kind == ErrorKind.Invalid)
            {
                problems.Add(error);
            }

            waiting.Release(item.File);
            item.File.Dispose();
            progress.Advance();
        });
        span?.SetTag("organseg.files", progress.Done);
        return true;
    }

    private static SplitDecision Check(
        ImportPlan plan, IReadOnlyCollection<ReceivedSlice> slices, Problems problems)
    {
        if (slices.Count == 0)
        {
            problems.Add("files", "are missing; send at least one image and its label map.");
        }

        foreach (var slice in slices)
        {
            if (slice.Problem() is { } wrong)
            {
                problems.Add(slice.FileName, wrong);
            }
        }

        var decision = Splitter.Decide(
            plan.Split,
            [.. slices.Where(slice => slice.HasImage || slice.IsNegative)
                .Select(slice => new SliceToSplit(slice.FileName, slice.Case, slice.IsNegative))],
            problems);
        problems.ThrowIfAny();
        return decision;
    }

    private async Task<DatasetManifest> SealAsync(
        ImportPlan plan,
        IReadOnlyCollection<ReceivedSlice> slices,
        SplitDecision split,
        Spool spool,
        ImportProgress progress,
        Activity? span,
        CancellationToken cancellationToken)
    {
        var cases = slices.GroupBy(slice => slice.Case, StringComparer.Ordinal)
            .OrderBy(group => group.Key, StringComparer.Ordinal)
            .ToArray();
        progress.Store.Total = cases.Length;
        await using var writer = await catalogue.BeginAsync(
            plan.Dataset,
            plan.Preprocessing.Size,
            plan.LabelSchema,
            plan.Preprocessing,
            new DatasetSplit
            {
                Policy = plan.Split.Policy,
                Leaky = split.Leaky,
                Seed = plan.Split.Policy == SplitNames.ByTable ? null : plan.Split.Seed,
            },
            plan.Notice,
            cancellationToken);
        foreach (var group in cases)
        {
            var content = new List<CaseSlice>();
            foreach (var slice in group.OrderBy(slice => slice.Name, StringComparer.Ordinal))
            {
                content.Add(await LoadAsync(slice, split.Sides[slice.FileName], plan.Preprocessing.Size, spool, cancellationToken));
            }

            await writer.AddCaseAsync(group.Key, content, cancellationToken);
            progress.Store.Advance();
        }

        var manifest = await writer.SealAsync(cancellationToken);
        span?.SetTag("organseg.cases", cases.Length).SetTag("organseg.slices", slices.Count);
        return manifest;
    }

    private static async Task<CaseSlice> LoadAsync(
        ReceivedSlice slice, string side, int size, Spool spool, CancellationToken cancellationToken)
    {
        var image = slice.Image ?? throw new InvalidOperationException("A slice without image passed the check.");
        return new CaseSlice(
            slice.Name,
            side,
            image.SourceWidth,
            image.SourceHeight,
            Negative: slice.Labels?.Blank ?? true,
            new ByteImage(size, size, await spool.ReadAsync(image.Spooled, cancellationToken)),
            slice.Labels is { } labels
                ? new ByteImage(size, size, await spool.ReadAsync(labels.Spooled, cancellationToken))
                : new ByteImage(size, size));
    }

    [LoggerMessage(1001, LogLevel.Information, "Sealed {Dataset}@{Version}: {Slices} slices of {Cases} cases")]
    private partial void LogSealed(string dataset, string version, long slices, int cases);
}
