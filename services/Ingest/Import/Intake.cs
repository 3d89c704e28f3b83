using System.Diagnostics;
using Microsoft.Extensions.Options;
using OrganSeg.Imaging.Dicom;
using OrganSeg.Ingest.DicomWeb;
using OrganSeg.Ingest.Privacy;
using OrganSeg.Ingest.Sources;
using OrganSeg.Ingest.Spooling;
using OrganSeg.Ingest.Uploads;
using FileRole = OrganSeg.V1.FileRole;

namespace OrganSeg.Ingest.Import;

/// <summary>
/// The first half of an import: archives are unpacked, files decoded and resized on every core while others still come in.
/// </summary>
internal sealed class Intake(
    SpoolFolder spools, PseudonymKey key, DicomWebClient dicomWeb, IngestTelemetry telemetry, IOptions<IngestOptions> options)
{
    private readonly ArchiveReader _archives = new(options.Value, spools);

    /// <summary>Receives and normalises at the same time, until both have ended or one has failed.</summary>
    /// <param name="plan">What to make.</param>
    /// <param name="files">The upload; each file is disposed of when it is done with.</param>
    /// <param name="spool">Receives the results.</param>
    /// <param name="problems">Receives all that is wrong with the files.</param>
    /// <param name="progress">Is advanced.</param>
    /// <param name="cancellationToken">Ends both.</param>
    public async Task<IReadOnlyCollection<ReceivedSlice>> TakeInAsync(
        ImportPlan plan,
        IAsyncEnumerable<UploadedFile> files,
        Spool spool,
        Problems problems,
        ImportProgress progress,
        CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var waiting = new WaitingWork(options.Value.MaxWaitingMebibytes);
        var slices = new SliceNormaliser(plan, spool);
        using var volumes = new VolumeNormaliser(plan, slices, options.Value);
        var receipt = new Receipt(new CaseNames(key.Pseudonyms, plan.Pseudonymous), plan.AllowBurnedIn);
        using var receiver = new Receiver(receipt, slices, volumes, spool, waiting, problems, progress, options.Value);
        var receiving = StopOthersOnFailure("receive", span => ReceiveAsync(receiver, plan, files, waiting, problems, progress, span, stop.Token));
        var normalising = StopOthersOnFailure(
            "normalise", span => NormaliseAsync(waiting, problems, progress.Normalise, span, stop.Token));

        // A failure comes before the cancellation that it caused.
        await Task.WhenAll(receiving, normalising);
        await receipt.PlaceSegmentationsAsync((file, voxels) => volumes.SegmentationAsync(file, voxels, spool, cancellationToken), problems);
        return receipt.Slices(problems);

        async Task StopOthersOnFailure(string stage, Func<Activity?, Task<bool>> work)
        {
            try
            {
                await SpanErrors.RunAsync(() => telemetry.StartStage(stage), work);
            }
            catch
            {
                await stop.CancelAsync();
                throw;
            }
        }
    }

    private async Task<bool> ReceiveAsync(
        Receiver receiver,
        ImportPlan plan,
        IAsyncEnumerable<UploadedFile> files,
        WaitingWork waiting,
        Problems problems,
        ImportProgress progress,
        Activity? span,
        CancellationToken cancellationToken)
    {
        long bytes = 0;
        await foreach (var file in files.WithCancellation(cancellationToken))
        {
            bytes += file.Length;
            telemetry.Received(file.Length);
            if (SourceName.KindOf(file.Name) == SourceKind.Archive)
            {
                await UnpackAsync(receiver, file, problems, cancellationToken);
            }
            else
            {
                await receiver.TakeAsync(file, cancellationToken);
            }
        }

        foreach (var query in plan.DicomWeb)
        {
            bytes += await FetchAsync(receiver, query, cancellationToken);
        }

        await receiver.EndAsync(cancellationToken);
        waiting.Complete();
        progress.Receive.Total = progress.Receive.Done;
        progress.Normalise.Total = receiver.Work;
        span?.SetTag("organseg.files", progress.Receive.Done).SetTag("organseg.bytes", bytes);
        return true;
    }

    /// <summary>Takes the CT series that match, each as a folder with the name of its UID, and the segmentations of their studies.</summary>
    private async Task<long> FetchAsync(Receiver receiver, DicomWebQuery query, CancellationToken cancellationToken)
    {
        long bytes = 0;
        foreach (var series in await dicomWeb.FindAsync(query, cancellationToken))
        {
            var role = series.Modality == DicomWebClient.Images ? FileRole.Image : FileRole.Label;
            var number = 0;
            await foreach (var content in dicomWeb.FetchAsync(query, series, cancellationToken))
            {
                bytes += content.Length;
                telemetry.Received(content.Length);
                CheckIsAsked(query, series, content, $"{++number}.dcm");
                var file = UploadedFile.InMemory(role, $"{number}.dcm", content);
                await receiver.TakeAsync(
                    new ArchiveFile(file, SourceKind.Dicom, series.Series) { Fetched = query.Series is null }, archive: "", cancellationToken);
            }
        }

        return bytes;
    }

    /// <summary>A server that ignores a filter gives what nobody has asked for, such as another patient.</summary>
    private static void CheckIsAsked(DicomWebQuery query, DicomWebSeries series, byte[] content, string name)
    {
        if (DicomSeriesReader.Identify(content, name) is { } identity
            && (identity.Series != series.Series || (query.Patient is { } patient && identity.PatientId != patient.Trim())))
        {
            throw new OrganSegException(
                ErrorKind.NotReady,
                $"DICOMweb server {query.Server} gave files of another {(identity.Series != series.Series ? "series" : "patient")} than was asked for, so it does "
                + "not match what it is asked by. Ask by StudyInstanceUID or SeriesInstanceUID.");
        }
    }

    private async Task UnpackAsync(Receiver receiver, UploadedFile archive, Problems problems, CancellationToken cancellationToken)
    {
        using (archive)
        {
            if (FileName.Problem(archive.Name) is { } wrong)
            {
                problems.Add(FileName.Shown(archive.Name), wrong);
                return;
            }

            try
            {
                await foreach (var inner in _archives.ReadAsync(archive, cancellationToken))
                {
                    await receiver.TakeAsync(inner, archive.Name, cancellationToken);
                }
            }
            catch (OrganSegException error) when (error.Kind == ErrorKind.Invalid)
            {
                problems.Add(error, archive.Name);
            }

            await receiver.EndFoldersAsync(cancellationToken);
        }
    }

    private static async Task<bool> NormaliseAsync(
        WaitingWork waiting, Problems problems, StageProgress progress, Activity? span, CancellationToken cancellationToken)
    {
        var workers = new ParallelOptions
        {
            MaxDegreeOfParallelism = Environment.ProcessorCount,
            CancellationToken = cancellationToken,
        };
        await Parallel.ForEachAsync(waiting.TakeAllAsync(cancellationToken), workers, async (work, token) =>
        {
            try
            {
                await work.RunAsync(token);
            }
            catch (OrganSegException error) when (error.Kind == ErrorKind.Invalid)
            {
                problems.Add(error, work.Name);
            }
            finally
            {
                waiting.Release(work);
            }

            progress.Advance();
        });
        span?.SetTag("organseg.files", progress.Done);
        return true;
    }
}
