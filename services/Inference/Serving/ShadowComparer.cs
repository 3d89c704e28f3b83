namespace OrganSeg.Inference.Serving;

/// <summary>
/// Runs shadows and measures how far their label maps agree with what was answered. Answers never wait for it, and it comes
/// after everybody: one slice at a time, and only while no request waits for a run. What it cannot keep up with is dropped.
/// </summary>
internal sealed partial class ShadowComparer(
    ModelPool pool, InferenceTelemetry telemetry, TimeProvider time, ILogger<ShadowComparer> logger) : BackgroundService
{
    /// <summary>Slices that may wait; beyond that they are dropped.</summary>
    public const int MostWaiting = 8;

    // Which slices are compared where there are too many; any other would do as well.
    private const int Seed = 1;

    private static readonly TimeSpan Period = TimeSpan.FromSeconds(0.02);

    private readonly ShadowQueue _waiting = new(MostWaiting, new Random(Seed));
    private string? _problem;

    /// <summary>Takes a slice; where too many wait one is dropped.</summary>
    public void Offer(ShadowWork work)
    {
        if (_waiting.Offer(work) is { } dropped)
        {
            telemetry.CountShadow(dropped.Answered, dropped.Shadow, "dropped");
        }
    }

    public override void Dispose()
    {
        base.Dispose();
        _waiting.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Period, time);
        while (true)
        {
            await _waiting.WaitAsync(stoppingToken);
            while (pool.Loaded().Any(model => model.Waiting > 0))
            {
                await timer.WaitForNextTickAsync(stoppingToken);
            }

            var work = _waiting.Take();
            try
            {
                await CompareAsync(work, stoppingToken);
                telemetry.CountShadow(work.Answered, work.Shadow, "compared");
            }
            catch (Exception error) when (!stoppingToken.IsCancellationRequested)
            {
                // Whatever it is: a shadow must not end the service.
                Report(work, error);
            }
        }
    }

    private async Task CompareAsync(ShadowWork work, CancellationToken cancellationToken)
    {
        using var lease = await pool.AcquireAsync(
            work.Shadow.Reference, work.Variant == ModelVariants.Float32 ? ModelVariants.Float32 : ModelVariants.Auto, cancellationToken);
        if (lease.Document.LabelSchema != work.Answered.LabelSchema)
        {
            throw new OrganSegException(
                ErrorKind.Invalid, $"{work.Shadow.Reference} has other classes than {work.Answered.Reference}, so they cannot be compared.");
        }

        var labels = await lease.Runner.SegmentAsync(work.Source, work.Spacing, new Caller("shadow", Waits: true), cancellationToken);
        var agreement = LabelAgreement.Of(work.Labels, labels);
        foreach (var organ in lease.Document.LabelSchema.Organs)
        {
            if (agreement.Dice(organ.Id) is { } dice)
            {
                telemetry.RecordAgreement(work.Answered, work.Shadow, organ.Name, dice);
            }
        }

        telemetry.RecordPixelAgreement(work.Answered, work.Shadow, agreement.Pixels);
    }

    private void Report(ShadowWork work, Exception failure)
    {
        var (kind, reason) = failure is OrganSegException error
            ? (error.Kind.ToString(), error.Message)
            : (failure.GetType().Name, failure.GetType().Name);
        telemetry.CountShadow(work.Answered, work.Shadow, "failed", kind);
        if (_problem != reason)
        {
            _problem = reason;
            LogProblem(work.Shadow.Reference, reason);
        }
    }

    [LoggerMessage(3013, LogLevel.Warning, "The shadow {Shadow} cannot be compared. {Reason}")]
    private partial void LogProblem(string shadow, string reason);
}
