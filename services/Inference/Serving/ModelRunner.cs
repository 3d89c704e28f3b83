using OrganSeg.Imaging;
using OrganSeg.Storage;

namespace OrganSeg.Inference.Serving;

/// <summary>
/// A loaded version and the queue before it. One loop takes what waits, up to the batch limit, and runs it together. With
/// a batch delay of zero no slice waits for company, and under load batches form by themselves.
/// </summary>
internal sealed class ModelRunner : IAsyncDisposable
{
    private const int MostHeldBack = 256;

    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    private readonly OnnxModel _model;
    private readonly InferenceTelemetry _telemetry;
    private readonly TimeProvider _time;
    private readonly FairQueue<ModelJob> _queue;
    private readonly CancellationTokenSource _closing = new();
    private readonly TimeSpan _batchDelay;
    private readonly TimeSpan _refusalDelay;
    private readonly Task _loop;
    private int _heldBack;

    public ModelRunner(OnnxModel model, InferenceOptions options, InferenceTelemetry telemetry, TimeProvider time)
    {
        _model = model;
        _telemetry = telemetry;
        _time = time;
        _batchDelay = TimeSpan.FromMilliseconds(options.BatchDelayMilliseconds);
        _refusalDelay = TimeSpan.FromMilliseconds(options.RefusalDelayMilliseconds);
        _queue = new FairQueue<ModelJob>(options.QueueCapacity);
        // The loop outlives the call that loads the model and must not run inside that call's trace.
        using (ExecutionContext.SuppressFlow())
        {
            // A thread of its own: a run blocks for long, and the pool's few threads carry the calls.
            _loop = Task.Factory.StartNew(
                Loop, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        }
    }

    public ModelDocument Document => _model.Document;

    /// <summary>The form that is served, which may be another than was asked for.</summary>
    public string Variant => _model.Variant;

    /// <summary>What it runs on.</summary>
    public string Device => _model.Device;

    /// <summary>Requests that wait for a run.</summary>
    public int Waiting => _queue.Count;

    /// <summary>Most slices run together.</summary>
    public int MaxBatch => _model.MaxBatch;

    /// <summary>Brings slices to the network's size, and label maps back.</summary>
    public SlicePreprocessor Preprocessor => _model.Preprocessor;

    /// <summary>Refuses a caller for whom there is no place, before anything is done for the request.</summary>
    /// <exception cref="OrganSegException"><see cref="ErrorKind.Quota"/>: the queue is full.</exception>
    /// <exception cref="OperationCanceledException">The caller has gone while the refusal was held back.</exception>
    public async ValueTask CheckRoomAsync(Caller caller, CancellationToken cancellationToken)
    {
        if (caller.Waits || !_queue.IsFull)
        {
            return;
        }

        // Those held back take memory, so their number is bounded too.
        if (Interlocked.Increment(ref _heldBack) <= MostHeldBack)
        {
            await Task.Delay(_refusalDelay, _time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        Interlocked.Decrement(ref _heldBack);
        cancellationToken.ThrowIfCancellationRequested();
        throw Full();
    }

    /// <summary>Segments one slice of any size.</summary>
    /// <param name="source">Grey, windowed.</param>
    /// <param name="spacing">Distances of its pixels; null when they are square.</param>
    /// <param name="caller">Who asks.</param>
    /// <param name="cancellationToken">Takes the slice out of the queue.</param>
    /// <returns>Class ids, with the width and height of <paramref name="source"/>.</returns>
    /// <exception cref="OrganSegException"><see cref="ErrorKind.Quota"/>: the queue is full.</exception>
    public async Task<ByteImage> SegmentAsync(
        ByteImage source, PixelSpacing? spacing, Caller caller, CancellationToken cancellationToken)
    {
        var slice = _model.Preprocessor.ToNetwork(source, spacing);
        var job = new SliceJob(slice, _time.GetUtcNow(), _time.GetTimestamp(), cancellationToken);
        Add(job, caller);
        var labels = await job.Labels.WaitAsync(cancellationToken);
        return _model.Preprocessor.LabelsToSource(labels, source.Width, source.Height, spacing);
    }

    /// <summary>Runs tensors as they are.</summary>
    /// <exception cref="OrganSegException"><see cref="ErrorKind.Quota"/>: the queue is full.</exception>
    public async Task RunAsync(TensorBatch batch, Caller caller, CancellationToken cancellationToken)
    {
        var job = new TensorJob(batch, _time.GetUtcNow(), _time.GetTimestamp(), cancellationToken);
        Add(job, caller);
        await job.Done;
    }

    public async ValueTask DisposeAsync()
    {
        _queue.Close();
        await _closing.CancelAsync();
        await _loop;
        _model.Dispose();
        _closing.Dispose();
        _queue.Dispose();
    }

    private void Add(ModelJob job, Caller caller)
    {
        if (!_queue.TryAdd(caller.Client, job, caller.Waits))
        {
            throw Full();
        }
    }

    private OrganSegException Full() =>
        new(ErrorKind.Quota, $"Too many requests wait for {Document.Reference}; try again later.")
        {
            RetryAfter = RetryAfter,
            IsNameless = true,
        };

    private void Loop()
    {
        var batch = new List<SliceJob>(MaxBatch);
        while (true)
        {
            if (!_queue.TryTake(_ => true, out var job))
            {
                if (_queue.IsDone)
                {
                    return;
                }

                _queue.Wait(Timeout.InfiniteTimeSpan);
            }
            else if (job.IsAbandoned)
            {
                job.Abandon();
            }
            else if (job is SliceJob slice)
            {
                batch.Add(slice);
                Fill(batch);
                Run(batch);
                batch.Clear();
            }
            else
            {
                Run((TensorJob)job);
            }
        }
    }

    /// <summary>Adds slices that wait already, or come before the first has waited for the batch delay.</summary>
    private void Fill(List<SliceJob> batch)
    {
        while (batch.Count < MaxBatch)
        {
            if (_queue.TryTake(next => next is SliceJob, out var job))
            {
                if (job.IsAbandoned)
                {
                    job.Abandon();
                }
                else
                {
                    batch.Add((SliceJob)job);
                }

                continue;
            }

            var left = _batchDelay - _time.GetElapsedTime(batch[0].Timestamp);
            if (left <= TimeSpan.Zero || _closing.IsCancellationRequested)
            {
                return;
            }

            _queue.Wait(left);
        }
    }

    private void Run(TensorJob job)
    {
        var (from, start) = (_time.GetUtcNow(), _time.GetTimestamp());
        _telemetry.RecordQueue(Document, Variant, job.Parent, job.QueuedAt, _time.GetElapsedTime(job.Timestamp, start));
        Exception? failure = null;
        try
        {
            _model.Run(job.Batch, job.Cancellation);
        }
        catch (Exception error)
        {
            failure = error;
        }

        _telemetry.RecordRun(Document, Variant, [job.Parent], from, _time.GetElapsedTime(start), job.Batch.Count, failure);
        switch (failure)
        {
            case null:
                job.Complete();
                break;
            case OperationCanceledException:
                job.Abandon();
                break;
            default:
                job.Fail(failure);
                break;
        }
    }

    private void Run(List<SliceJob> batch)
    {
        var (from, start) = (_time.GetUtcNow(), _time.GetTimestamp());
        foreach (var job in batch)
        {
            _telemetry.RecordQueue(Document, Variant, job.Parent, job.QueuedAt, _time.GetElapsedTime(job.Timestamp, start));
        }

        ByteImage[]? labels = null;
        Exception? failure = null;
        using (var wanted = new BatchCancellation(batch))
        {
            try
            {
                labels = _model.Run([.. batch.Select(job => job.Slice)], wanted.Token);
            }
            catch (Exception error)
            {
                // Whatever it is belongs to the callers of these slices; the loop serves the next ones.
                failure = error;
            }
        }

        var parents = batch.ConvertAll(job => job.Parent);
        _telemetry.RecordRun(Document, Variant, parents, from, _time.GetElapsedTime(start), batch.Count, failure);
        for (var i = 0; i < batch.Count; i++)
        {
            switch (failure)
            {
                case null:
                    batch[i].Complete(labels![i]);
                    break;
                case OperationCanceledException:
                    batch[i].Abandon();
                    break;
                default:
                    batch[i].Fail(failure);
                    break;
            }
        }
    }
}
