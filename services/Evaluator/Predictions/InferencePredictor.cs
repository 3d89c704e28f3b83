using Google.Protobuf;
using Grpc.Core;
using Microsoft.Extensions.Options;
using OrganSeg.Contracts;
using OrganSeg.Imaging;
using OrganSeg.Storage;
using OrganSeg.V1;

namespace OrganSeg.Evaluator.Predictions;

/// <summary>
/// Predicts through the Inference service, so that what is measured is what is deployed. When Inference goes away, the
/// slices without an answer are sent again to the service that comes back, for as long as patience lasts.
/// </summary>
internal sealed partial class InferencePredictor(
    InferenceService.InferenceServiceClient client,
    IOptions<EvaluatorOptions> options,
    TimeProvider time,
    ILogger<InferencePredictor> logger)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(4);

    private readonly TimeSpan _patience = TimeSpan.FromSeconds(options.Value.InferencePatienceSeconds);

    /// <summary>What a name stands for in Inference right now.</summary>
    /// <exception cref="OrganSegException">As Inference says; <see cref="ErrorKind.Dependency"/>: it is away.</exception>
    public async Task<Model> ResolveAsync(string name, CancellationToken cancellationToken)
    {
        Model? model = null;
        await RecoverAsync(
            async _ => model = await client.GetModelAsync(
                new GetModelRequest { Name = name }, cancellationToken: cancellationToken),
            cancellationToken);
        return model!;
    }

    /// <summary>Predicts every sample with one pinned version.</summary>
    /// <param name="model"><c>model@version</c>.</param>
    /// <param name="variant">Form of the model; empty means Inference's default.</param>
    /// <param name="samples">Images at any size.</param>
    /// <param name="confidence">Whether each organ's confidence is wanted too.</param>
    /// <param name="predicted">Called for every sample once, in the order of the answers, never concurrently.</param>
    /// <param name="cancellationToken">Stops the stream.</param>
    /// <exception cref="OrganSegException">As Inference says; <see cref="ErrorKind.Dependency"/>: it is away.</exception>
    /// <returns>The form that answered; several with commas where Inference changed between its replicas.</returns>
    public async Task<string> PredictAsync(
        string model,
        string variant,
        IAsyncEnumerable<DatasetSample> samples,
        bool confidence,
        Action<DatasetSample, SlicePrediction> predicted,
        CancellationToken cancellationToken)
    {
        await using var source = samples.GetAsyncEnumerator(cancellationToken);
        var work = new Work(source);
        await RecoverAsync(
            async progressed => await StreamAsync(
                model,
                variant,
                confidence,
                work,
                (sample, prediction) =>
                {
                    predicted(sample, prediction);
                    progressed();
                },
                cancellationToken),
            cancellationToken);
        return string.Join(", ", work.Variants);
    }

    private async Task StreamAsync(
        string model,
        string variant,
        bool confidence,
        Work work,
        Action<DatasetSample, SlicePrediction> predicted,
        CancellationToken cancellationToken)
    {
        using var call = client.SegmentSlices(cancellationToken: cancellationToken);
        foreach (var (id, sample) in work.Unanswered)
        {
            await SendAsync(call, id, sample, model, variant, confidence, cancellationToken);
        }

        while (true)
        {
            while (work.Unanswered.Count < options.Value.SlicesInFlight && await work.TakeAsync() is { } next)
            {
                await SendAsync(call, next.Id, next.Sample, model, variant, confidence, cancellationToken);
            }

            if (work.Unanswered.Count == 0)
            {
                await call.RequestStream.CompleteAsync();
                // Reading to the end lets the service see a call that ended well, not one that was dropped.
                await call.ResponseStream.MoveNext(cancellationToken);
                return;
            }

            if (!await call.ResponseStream.MoveNext(cancellationToken))
            {
                throw new RpcException(new Status(StatusCode.Unavailable, "Inference ended the stream early."));
            }

            Accept(call.ResponseStream.Current, work, predicted);
        }

        static async Task SendAsync(
            AsyncDuplexStreamingCall<SegmentSliceRequest, SegmentSliceResponse> call,
            ulong id,
            DatasetSample sample,
            string model,
            string variant,
            bool confidence,
            CancellationToken cancellationToken)
        {
            try
            {
                var request = new SegmentSliceRequest
                {
                    Id = id,
                    Model = model,
                    Variant = variant,
                    Confidence = confidence,
                    Raster = new Raster
                    {
                        Width = (uint)sample.Image.Width,
                        Height = (uint)sample.Image.Height,
                        Pixels = UnsafeByteOperations.UnsafeWrap(sample.Image.Pixels),
                    },
                };
                await call.RequestStream.WriteAsync(request, cancellationToken);
            }
            catch (InvalidOperationException)
            {
                // The call has ended meanwhile. Reading on brings up the status that says why.
                while (await call.ResponseStream.MoveNext(cancellationToken))
                {
                }

                throw new RpcException(new Status(StatusCode.Unavailable, "Inference ended the stream early."));
            }
            // HTTP/2 of .NET loses a reference when the other side ends the call in the middle of a write.
            catch (Exception error) when (error is IOException or HttpRequestException or NullReferenceException)
            {
                throw new RpcException(new Status(StatusCode.Unavailable, "The connection to Inference broke.", error));
            }
        }
    }

    private static void Accept(SegmentSliceResponse answer, Work work, Action<DatasetSample, SlicePrediction> predicted)
    {
        if (!work.Unanswered.TryGetValue(answer.Id, out var sample))
        {
            return;
        }

        if (answer.Error is { } error)
        {
            if (Enum.TryParse<ErrorKind>(error.Kind, out var kind) && kind is not (ErrorKind.Quota or ErrorKind.Dependency))
            {
                throw new OrganSegException(kind, $"Inference could not segment {sample.Name}: {error.Message}");
            }

            throw new RpcException(new Status(StatusCode.Unavailable, error.Message));
        }

        work.Unanswered.Remove(answer.Id);
        work.Variants.Add(answer.Variant);
        var labels = answer.Labels;
        if (labels.Width != sample.Labels.Width || labels.Height != sample.Labels.Height
            || labels.Pixels.Length != sample.Labels.Pixels.Length)
        {
            throw new OrganSegException(
                ErrorKind.Corrupt, $"Inference answered {sample.Name} with {labels.Width}×{labels.Height} labels.");
        }

        predicted(sample, new SlicePrediction(
            new ByteImage((int)labels.Width, (int)labels.Height, labels.Pixels.ToByteArray()),
            answer.Confidences.ToDictionary(organ => (int)organ.Id, organ => organ.Confidence)));
    }

    /// <summary>Repeats what fails because Inference is away; progress renews the patience.</summary>
    private async Task RecoverAsync(Func<Action, Task> attempt, CancellationToken cancellationToken)
    {
        long? awaySince = null;
        var pause = FirstPause;
        while (true)
        {
            try
            {
                await attempt(() =>
                {
                    awaySince = null;
                    pause = FirstPause;
                });
                return;
            }
            catch (RpcException error) when (!cancellationToken.IsCancellationRequested && IsAway(error))
            {
                awaySince ??= time.GetTimestamp();
                if (time.GetElapsedTime(awaySince.Value) >= _patience)
                {
                    throw new OrganSegException(
                        ErrorKind.Dependency,
                        $"Inference has not answered for {_patience.TotalSeconds:F0} s ({error.Status.Detail}). "
                        + "Nothing was stored; see that the inference service runs, and evaluate again.",
                        error);
                }

                LogAway(error.StatusCode, pause.TotalMilliseconds);
                await Task.Delay(pause, time, cancellationToken);
                pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
            }
            catch (RpcException error)
            {
                cancellationToken.ThrowIfCancellationRequested();
                throw GrpcErrors.ToOrganSegException(error);
            }
        }
    }

    /// <summary>Refused connections, and connections that broke in the middle of a call.</summary>
    private static bool IsAway(RpcException error) =>
        error.StatusCode is StatusCode.Unavailable or StatusCode.Cancelled or StatusCode.ResourceExhausted
        || error.Status.DebugException is IOException or HttpRequestException;

    [LoggerMessage(4010, LogLevel.Warning, "Inference is away ({Status}); trying again in {Milliseconds:F0} ms")]
    private partial void LogAway(StatusCode status, double milliseconds);

    /// <summary>Samples that were taken and not answered outlive the stream they were sent on.</summary>
    private sealed class Work(IAsyncEnumerator<DatasetSample> source)
    {
        private ulong _last;
        private bool _exhausted;

        public SortedDictionary<ulong, DatasetSample> Unanswered { get; } = [];

        public SortedSet<string> Variants { get; } = new(StringComparer.Ordinal);

        public async Task<(ulong Id, DatasetSample Sample)?> TakeAsync()
        {
            if (_exhausted || !await source.MoveNextAsync())
            {
                _exhausted = true;
                return null;
            }

            Unanswered.Add(++_last, source.Current);
            return (_last, source.Current);
        }
    }
}
