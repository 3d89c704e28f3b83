using System.Threading.Channels;

namespace OrganSeg.Inference.Serving;

/// <summary>
/// Runs shadows, one slice at a time, and measures how far their label maps agree with what was answered: the Dice
/// coefficient of each organ that either of them found. Answers never wait for it; what it cannot keep up with is dropped.
/// </summary>
internal sealed partial class ShadowComparer(
    ModelPool pool, InferenceTelemetry telemetry, ILogger<ShadowComparer> logger) : BackgroundService
{
    private const int MostWaiting = 8;

    private readonly Channel<ShadowWork> _waiting = Channel.CreateBounded<ShadowWork>(MostWaiting);
    private string? _problem;

    /// <summary>Takes a slice, or drops it.</summary>
    public void Offer(ShadowWork work)
    {
        if (!_waiting.Writer.TryWrite(work))
        {
            telemetry.CountShadow(work.Answered, work.Shadow, "dropped");
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await foreach (var work in _waiting.Reader.ReadAllAsync(stoppingToken))
        {
            try
            {
                await CompareAsync(work, stoppingToken);
                telemetry.CountShadow(work.Answered, work.Shadow, "compared");
            }
            catch (OrganSegException error)
            {
                telemetry.CountShadow(work.Answered, work.Shadow, error.Kind.ToString());
                if (_problem != error.Message)
                {
                    _problem = error.Message;
                    LogProblem(work.Shadow.Reference, error.Message);
                }
            }
        }
    }

    /// <summary>2·|A ∩ B| / (|A| + |B|) of each class but the background; null where neither has any pixel of it.</summary>
    internal static double?[] Agreement(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right, int classes)
    {
        var (sizes, common) = (new long[classes], new long[classes]);
        for (var i = 0; i < left.Length; i++)
        {
            sizes[left[i]]++;
            sizes[right[i]]++;
            common[left[i]] += left[i] == right[i] ? 1 : 0;
        }

        return [.. sizes.Select((size, id) => id == 0 || size == 0 ? (double?)null : 2.0 * common[id] / size)];
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
        var agreement = Agreement(work.Labels.Pixels, labels.Pixels, lease.Document.LabelSchema.Count);
        foreach (var organ in lease.Document.LabelSchema.Classes)
        {
            if (agreement[organ.Id] is { } dice)
            {
                telemetry.RecordAgreement(work.Answered, work.Shadow, organ.Name, dice);
            }
        }
    }

    [LoggerMessage(3013, LogLevel.Warning, "The shadow {Shadow} cannot be compared. {Reason}")]
    private partial void LogProblem(string shadow, string reason);
}
