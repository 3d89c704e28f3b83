using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

/// <summary>
/// Goes with a service's process of its own (<c>DOTNET_STARTUP_HOOKS</c>, which wants this name in no namespace). Once the
/// service has answered a request, each of its instruments that shows nothing by itself records a 0, so that the
/// service's own exporter tells the name of every one of them.
/// </summary>
internal static class StartupHook
{
    private static readonly ConcurrentDictionary<Instrument, bool> Ours = new();
    private static MeterListener? _listener;

    public static void Initialize()
    {
        _listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Name.StartsWith("OrganSeg.", StringComparison.Ordinal) && !instrument.IsObservable)
                {
                    Ours[instrument] = false;
                }
                else if (instrument.Name == "http.server.request.duration")
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };

        // By then the exporter listens to all of them.
        _listener.SetMeasurementEventCallback<double>((_, _, _, _) =>
        {
            foreach (var instrument in Ours.Where(pair => !pair.Value).Select(pair => pair.Key).ToArray())
            {
                if (Ours.TryUpdate(instrument, newValue: true, comparisonValue: false))
                {
                    Touch(instrument);
                }
            }
        });
        _listener.Start();
    }

    private static void Touch(Instrument instrument)
    {
        switch (instrument)
        {
            case Counter<long> counter: counter.Add(0); break;
            case Counter<int> counter: counter.Add(0); break;
            case UpDownCounter<int> counter: counter.Add(0); break;
            case UpDownCounter<long> counter: counter.Add(0); break;
            case Histogram<double> histogram: histogram.Record(0); break;
            case Histogram<int> histogram: histogram.Record(0); break;
            case Gauge<double> gauge: gauge.Record(0); break;
            case Gauge<long> gauge: gauge.Record(0); break;
            default: throw new NotSupportedException($"The test does not know instruments such as {instrument.Name}.");
        }
    }
}
