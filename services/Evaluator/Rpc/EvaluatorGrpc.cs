using System.Collections.Concurrent;
using System.Threading.Channels;
using Google.Protobuf;
using Grpc.Core;
using OrganSeg.Evaluator.Auditing;
using OrganSeg.Evaluator.Gates;
using OrganSeg.Evaluator.Robustness;
using OrganSeg.Storage;
using OrganSeg.V1;

namespace OrganSeg.Evaluator.Rpc;

/// <summary>The gRPC surface: translates between messages and the parts that do the work.</summary>
internal sealed class EvaluatorGrpc(Evaluation evaluation, Scoring scoring, ReportCatalogue reports, EvaluatorTelemetry telemetry)
    : EvaluatorService.EvaluatorServiceBase
{
    private const int ChunkBytes = 256 << 10;

    public override Task Evaluate(
        EvaluateRequest request, IServerStreamWriter<EvaluateResponse> responseStream, ServerCallContext context) =>
        RunAsync(
            "split",
            (_, progress, token) => evaluation.RunAsync(
                request.Dataset, request.Split, request.Models, request.Variant, OptionsOf(request), progress, token),
            responseStream,
            context.CancellationToken);

    public override Task Score(
        IAsyncStreamReader<ScoreRequest> requestStream,
        IServerStreamWriter<EvaluateResponse> responseStream,
        ServerCallContext context) =>
        RunAsync(
            "pairs",
            (answer, progress, token) => scoring.RunAsync(requestStream.ReadAllAsync(token), answer, progress, token),
            responseStream,
            context.CancellationToken);

    public override async Task GetReportFile(
        GetReportFileRequest request, IServerStreamWriter<GetReportFileResponse> responseStream, ServerCallContext context)
    {
        await using var file = await reports.OpenFileAsync(request.ReportId, request.File, context.CancellationToken);
        var buffer = new byte[ChunkBytes];
        int read;
        while ((read = await file.ReadAtLeastAsync(buffer, buffer.Length, false, context.CancellationToken)) > 0)
        {
            await responseStream.WriteAsync(
                new GetReportFileResponse { Data = ByteString.CopyFrom(buffer.AsSpan(0, read)) }, context.CancellationToken);
        }
    }

    public override async Task<ListReportsResponse> ListReports(ListReportsRequest request, ServerCallContext context)
    {
        var response = new ListReportsResponse();
        await foreach (var reportId in reports.ListAsync(context.CancellationToken))
        {
            var report = new Report { ReportId = reportId };
            report.Files.AddRange(await reports.FilesAsync(reportId, context.CancellationToken));
            response.Reports.Add(report);
        }

        return response;
    }

    public override Task<AuditTableResponse> AuditTable(AuditTableRequest request, ServerCallContext context) =>
        Task.FromResult(AuditMessages.Of(TableAudit.Check(
            PrintedTable.Parse(request.Text, request.Name.Length > 0 ? request.Name : "text"))));

    /// <summary>Sends answers and the latest progress while the work goes on, never holding it up, and the report last.</summary>
    private async Task RunAsync(
        string kind,
        Func<Action<VolumeAnswer>, Action<EvaluationProgress>, CancellationToken, Task<StoredReport>> work,
        IServerStreamWriter<EvaluateResponse> responses,
        CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var answers = new ConcurrentQueue<VolumeAnswer>();
        // Only the latest progress matters; an answer never pushes it out.
        Progress? latest = null;
        var wake = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
        var working = WorkAsync();
        try
        {
            await foreach (var _ in wake.Reader.ReadAllAsync(cancellationToken))
            {
                while (answers.TryDequeue(out var answer))
                {
                    await responses.WriteAsync(new EvaluateResponse { Volume = answer }, cancellationToken);
                }

                if (Interlocked.Exchange(ref latest, null) is { } progress)
                {
                    await responses.WriteAsync(new EvaluateResponse { Progress = progress }, cancellationToken);
                }
            }
        }
        catch
        {
            await stop.CancelAsync();
            await ((Task)working).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw;
        }

        var report = await working;
        var message = new Report { ReportId = report.ReportId, Json = report.Json };
        message.Files.AddRange(report.Files);
        message.Gate = ToMessage(report.Gate);
        await responses.WriteAsync(new EvaluateResponse { Report = message }, cancellationToken);

        async Task<StoredReport> WorkAsync()
        {
            var started = telemetry.Started();
            var outcome = EvaluatorTelemetry.Ok;
            try
            {
                return await work(Answer, Show, stop.Token);
            }
            catch (Exception error)
            {
                outcome = SpanErrors.TypeOf(error);
                throw;
            }
            finally
            {
                telemetry.Ended(started, kind, outcome);
                wake.Writer.TryComplete();
            }
        }

        void Answer(VolumeAnswer answer)
        {
            answers.Enqueue(answer);
            wake.Writer.TryWrite(true);
        }

        void Show(EvaluationProgress progress)
        {
            Interlocked.Exchange(ref latest, ToMessage(progress));
            wake.Writer.TryWrite(true);
        }
    }

    private static EvaluationOptions OptionsOf(EvaluateRequest request) => new(
        request.Robustness is { } sweep
            ? new RobustnessPlan(
                (int)Math.Min(sweep.MaxSlices, int.MaxValue),
                sweep.Seed,
                sweep.KeptShare == 0 ? RobustnessPlan.DefaultKeptShare : sweep.KeptShare)
            : null,
        request.Gate is { } gate ? (gate.Name, gate.Json) : null)
    {
        Scoring = ScoringMessages.ToSettings(request.Scoring),
    };

    private static GateResult? ToMessage(GateOutcome? outcome) => outcome is null ? null : new GateResult
    {
        Passed = outcome.Passed,
        Checks = (uint)outcome.Checks.Count,
        Failures = { outcome.Checks.Select(check => check.Reason).OfType<string>() },
    };

    private static Progress ToMessage(EvaluationProgress progress) => new()
    {
        Stage = progress.Stage,
        Done = progress.Done,
        Total = progress.Total,
        Unit = progress.Unit,
        SoFar = progress.SoFar ?? "",
    };
}
