namespace OrganSeg.Inference.Serving;

/// <summary>Lets the pool give up idle versions now and then.</summary>
internal sealed class ModelSweeper(ModelPool pool, TimeProvider time) : BackgroundService
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(5);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Period, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            await pool.SweepAsync();
        }
    }
}
