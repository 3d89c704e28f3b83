using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;

namespace OrganSeg.Inference.Tests;

/// <summary>What one service's instrument has measured; other tests' services are told apart by their meter factory.</summary>
internal sealed class Measured : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly SemaphoreSlim _more = new(0);

    public Measured(string instrument, Fixture fixture)
    {
        var factory = fixture.Host.App.Services.GetRequiredService<IMeterFactory>();
        _listener.InstrumentPublished = (published, listener) =>
        {
            if (published.Name == instrument && ReferenceEquals(published.Meter.Scope, factory))
            {
                listener.EnableMeasurementEvents(published);
            }
        };
        _listener.SetMeasurementEventCallback<double>((_, value, tags, _) => Add(value, tags));
        _listener.SetMeasurementEventCallback<long>((_, value, tags, _) => Add(value, tags));
        _listener.Start();
    }

    public ConcurrentQueue<(double Value, Dictionary<string, string> Tags)> Values { get; } = new();

    /// <summary>Waits until so many were measured.</summary>
    public async Task CountAsync(int count)
    {
        for (var i = 0; i < count; i++)
        {
            await _more.WaitAsync(TestContext.Current.CancellationToken);
        }
    }

    public void Dispose()
    {
        _listener.Dispose();
        _more.Dispose();
    }

    private void Add(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        Values.Enqueue((value, tags.ToArray().ToDictionary(tag => tag.Key, tag => $"{tag.Value}")));
        _more.Release();
    }
}
