using System.Diagnostics;
using OrganSeg.Imaging;
using OrganSeg.Ingest.Leakage;
using OrganSeg.Ingest.Quality;
using OrganSeg.Ingest.Splits;
using OrganSeg.Ingest.Spooling;
using OrganSeg.Ingest.Uploads;
using OrganSeg.Storage;

namespace OrganSeg.Ingest.Import;

/// <summary>
/// Makes one sealed dataset version out of one upload. What is taken in waits in a spool; shards are written once
/// everything is known to be right.
/// </summary>
internal sealed partial class DatasetImporter(
    DatasetCatalogue catalogue,
    SpoolFolder spools,
    Intake intake,
    IngestTelemetry telemetry,
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
            var received = await intake.TakeInAsync(plan, files, spool, problems, progress, cancellationToken);
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
                .Select(slice => ToSplit(plan, slice))],
            problems);
        problems.ThrowIfAny();
        return decision;
    }

    /// <summary>A negative volume is a patient like others, while a negative slice is one more of its case.</summary>
    private static SliceToSplit ToSplit(ImportPlan plan, ReceivedSlice slice) =>
        // A table is written by who has the files; what is drawn goes by patients.
        new(
            slice.FileName,
            plan.Split.Policy == SplitNames.ByTable ? slice.Of.Source : slice.Of.Patient,
            slice.IsNegative && slice.Place is null)
        {
            Organs = slice.Labels?.Organs ?? [],
            Patient = slice.Of.Patient,
            Names = slice.Of.Names,
        };

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
        var recipe = RecipeOf(plan, slices);
        progress.Store.Total = cases.Length;
        var leaks = await LeakageFirewall.SearchAsync(
            [.. slices.Select(slice => slice.ToHashed(split.Sides[slice.FileName]))], plan.Preprocessing.Size, spool, cancellationToken);
        var sides = LeakageFirewall.Admit(plan.Split, split, leaks);
        var quality = new QualityCollector(plan with { Preprocessing = recipe }, split, cases.Length);
        await using var writer = await catalogue.BeginAsync(
            plan.Dataset,
            recipe.Size,
            plan.LabelSchema,
            recipe,
            sides,
            plan.Notice,
            cancellationToken);
        var folds = cases
            .Where(group => split.Folds.ContainsKey(group.First().Of.Patient) && group.Any(slice => split.Sides[slice.FileName] != DatasetSplit.Test))
            .ToDictionary(group => group.Key, group => split.Folds[group.First().Of.Patient], StringComparer.Ordinal);
        var blank = new ByteImage(recipe.Size, recipe.Size);
        foreach (var group in cases)
        {
            var content = new List<CaseSlice>();
            foreach (var slice in group.OrderBy(slice => slice.Name, StringComparer.Ordinal))
            {
                content.Add(await LoadAsync(slice, split.Sides[slice.FileName], blank, spool, cancellationToken));
            }

            var origin = group.First().Of.Origin;
            quality.Add(
                group.Key,
                content,
                origin?.Geometry,
                folds.TryGetValue(group.Key, out var fold) ? fold : null,
                group.Where(slice => slice.Labels is { Blank: true }).Select(slice => slice.Name));
            await writer.AddCaseAsync(group.Key, content, origin, cancellationToken);
            progress.Store.Advance();
        }

        writer.AssignFolds(folds);
        await writer.AddQualityAsync(quality.Build(writer.Reference, sides, leaks), cancellationToken);
        var manifest = await writer.SealAsync(cancellationToken);
        span?.SetTag("organseg.cases", cases.Length).SetTag("organseg.slices", slices.Count);
        return manifest;
    }

    /// <summary>With the window, where it was applied to anything.</summary>
    private static PreprocessingRecipe RecipeOf(ImportPlan plan, IReadOnlyCollection<ReceivedSlice> slices)
    {
        var hasWide = slices.Any(slice => slice.CheckedImage.Windowed);
        return hasWide || slices.Any(slice => slice.Of.Origin is not null)
            ? plan.Preprocessing with
            {
                WindowLowHu = plan.WindowLowHu,
                WindowHighHu = plan.WindowHighHu,
                PngZeroHu = hasWide ? plan.PngZeroHu : null,
            }
            : plan.Preprocessing;
    }

    /// <param name="slice">The slice.</param>
    /// <param name="side">Its split.</param>
    /// <param name="blank">The label map of a slice that came without one; nobody writes into it.</param>
    /// <param name="spool">Where its pixels are.</param>
    /// <param name="cancellationToken">Gives up.</param>
    private static async Task<CaseSlice> LoadAsync(
        ReceivedSlice slice, string side, ByteImage blank, Spool spool, CancellationToken cancellationToken)
    {
        var (image, size) = (slice.CheckedImage, blank.Width);
        return new CaseSlice(
            slice.Name,
            side,
            image.SourceWidth,
            image.SourceHeight,
            Negative: slice.Labels?.Blank ?? true,
            new ByteImage(size, size, await spool.ReadAsync(image.Spooled, cancellationToken)),
            slice.Labels is { } labels
                ? new ByteImage(size, size, await spool.ReadAsync(labels.Spooled, cancellationToken))
                : blank,
            slice.Place);
    }

    [LoggerMessage(1001, LogLevel.Information, "Sealed {Dataset}@{Version}: {Slices} slices of {Cases} cases")]
    private partial void LogSealed(string dataset, string version, long slices, int cases);
}
