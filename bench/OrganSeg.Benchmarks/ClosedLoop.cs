using System.Collections.Concurrent;
using System.Diagnostics;
using Grpc.Core;
using OrganSeg.V1;

namespace OrganSeg.Benchmarks;

/// <summary>Clients that each send the next slice when the last is answered or refused.</summary>
internal sealed class ClosedLoop(InferenceService.InferenceServiceClient client, IReadOnlyList<SegmentSliceRequest> requests)
{
    private readonly ConcurrentQueue<double> _answered = new();
    private readonly ConcurrentQueue<double> _refused = new();
    private readonly ConcurrentDictionary<string, int> _failed = new();

    /// <summary>Milliseconds of each answered slice.</summary>
    public IReadOnlyCollection<double> Answered => _answered;

    /// <summary>Milliseconds of each refusal for too much load.</summary>
    public IReadOnlyCollection<double> Refused => _refused;

    /// <summary>Other failures.</summary>
    public IReadOnlyDictionary<string, int> Failed => _failed;

    /// <summary>Runs until the token is cancelled.</summary>
    public Task RunAsync(int clients, CancellationToken end) =>
        Task.WhenAll(Enumerable.Range(0, clients).Select(first => Task.Run(() => RepeatAsync(first, clients, end), CancellationToken.None)));

    /// <summary>The smallest time that a share of them does not exceed; 0 of none.</summary>
    public static double Percentile(IReadOnlyCollection<double> times, double share) =>
        times.Count == 0 ? 0 : times.Order().ElementAt(Math.Max(0, (int)Math.Ceiling(share * times.Count) - 1));

    private async Task RepeatAsync(int first, int clients, CancellationToken end)
    {
        for (var i = first; !end.IsCancellationRequested; i += clients)
        {
            var start = Stopwatch.GetTimestamp();
            try
            {
                await client.SegmentSliceAsync(requests[i % requests.Count], cancellationToken: CancellationToken.None);
                _answered.Enqueue(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            }
            catch (RpcException error) when (error.StatusCode == StatusCode.ResourceExhausted)
            {
                _refused.Enqueue(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            }
            catch (RpcException error)
            {
                _failed.AddOrUpdate($"{error.StatusCode}: {error.Status.Detail}", 1, (_, count) => count + 1);
            }
        }
    }
}
