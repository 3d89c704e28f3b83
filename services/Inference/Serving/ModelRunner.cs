using System.Threading.Channels;
using OrganSeg.Imaging;
using OrganSeg.Storage;

namespace OrganSeg.Inference.Serving;

/// <summary>
/// A loaded version and the queue before it. One loop takes what waits, up to the batch limit, and runs it together: no
/// slice waits for company, and under load batches form by themselves.
/// </summary>
internal sealed class ModelRunner : IAsyncDisposable
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    private readonly OnnxModel _model;
    private readonly InferenceTelemetry _telemetry;
    private readonly TimeProvider _time;
    private readonly Channel<SliceJob> _queue;
    private readonly int _maxBatch;
    private readonly Task _loop;

    public ModelRunner(OnnxModel model, InferenceOptions options, InferenceTelemetry telemetry, TimeProvider time)
    {
        _model = model;
        _telemetry = telemetry;
        _time = time;
        _maxBatch = options.MaxBatch;
        _queue = Channel.CreateBounded<SliceJob>(new BoundedChannelOptions(options.QueueCapacity) { SingleReader = true });
        // The loop outlives the call that loads the model and must not run inside that call's trace.
        using (ExecutionContext.SuppressFlow())
        {
            _loop = Task.Run(LoopAsync);
        }
    }

    public ModelDocument Document => _model.Document;

    /// <summary>The form that is served, which may be another than was asked for.</summary>
    public string Variant => _model.Variant;

    /// <summary>Segments one slice of any size.</summary>
    /// <param name="source">Grey, windowed.</param>
    /// <param name="patient">Whether to wait for room in a full queue, as streams do, or to be refused.</param>
    /// <param name="cancellationToken">Takes the slice out of the queue.</param>
    /// <returns>Class ids, with the width and height of <paramref name="source"/>.</returns>
    /// <exception cref="OrganSegException"><see cref="ErrorKind.Quota"/>: the queue is full.</exception>
    public async Task<ByteImage> SegmentAsync(ByteImage source, bool patient, CancellationToken cancellationToken)
    {
        var slice = _model.Preprocessor.ToNetwork(source);
        var job = new SliceJob(slice, _time.GetUtcNow(), _time.GetTimestamp(), cancellationToken);
        if (patient)
        {
            await _queue.Writer.WriteAsync(job, cancellationToken);
        }
        else if (!_queue.Writer.TryWrite(job))
        {
            throw new OrganSegException(
                ErrorKind.Quota, $"Too many slices wait for {Document.Model}@{Document.Version}; try again later.")
            {
                RetryAfter = RetryAfter,
            };
        }

        var labels = await job.Labels.WaitAsync(cancellationToken);
        return _model.Preprocessor.LabelsToSource(labels, source.Width, source.Height);
    }

    public async ValueTask DisposeAsync()
    {
        _queue.Writer.TryComplete();
        await _loop;
        _model.Dispose();
    }

    private async Task LoopAsync()
    {
        var batch = new List<SliceJob>(_maxBatch);
        while (await _queue.Reader.WaitToReadAsync())
        {
            while (batch.Count < _maxBatch && _queue.Reader.TryRead(out var job))
            {
                if (job.IsAbandoned)
                {
                    job.Abandon();
                }
                else
                {
                    batch.Add(job);
                }
            }

            if (batch.Count > 0)
            {
                Run(batch);
                batch.Clear();
            }
        }
    }

    private void Run(List<SliceJob> batch)
    {
        var (from, start) = (_time.GetUtcNow(), _time.GetTimestamp());
        foreach (var job in batch)
        {
            _telemetry.RecordQueue(Document, job.Parent, job.QueuedAt, _time.GetElapsedTime(job.Timestamp, start));
        }

        ByteImage[]? labels = null;
        Exception? failure = null;
        try
        {
            labels = _model.Run([.. batch.Select(job => job.Slice)]);
        }
        catch (Exception error)
        {
            // Whatever it is belongs to the callers of these slices; the loop serves the next ones.
            failure = error;
        }

        var parents = batch.Select(job => job.Parent).Distinct();
        _telemetry.RecordRun(Document, parents, from, _time.GetElapsedTime(start), batch.Count, failure is not null);
        for (var i = 0; i < batch.Count; i++)
        {
            if (labels is not null)
            {
                batch[i].Complete(labels[i]);
            }
            else
            {
                batch[i].Fail(failure!);
            }
        }
    }
}
