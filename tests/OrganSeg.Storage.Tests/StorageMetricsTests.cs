using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OrganSeg.Testing;

namespace OrganSeg.Storage.Tests;

public sealed class StorageMetricsTests(AzuriteServer azurite) : StoreTests(azurite)
{
    // Of this test alone: the meter is the whole process's.
    private const string Container = "measured";
    private const string Patient = "patient-4711";

    [Theory, MemberData(nameof(Stores))]
    public async Task Operations_Measured_TellKindContainerBytesAndFailureAndNoName(StoreKind kind)
    {
        string container = Container + kind.ToString().ToLowerInvariant();
        var measured = new ConcurrentQueue<(string Instrument, double Value, Dictionary<string, object?> Tags)>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Name == StorageTelemetry.SourceName)
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Take(instrument, value, tags));
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Take(instrument, value, tags));
        listener.Start();
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration.AddInMemoryCollection(
            new Dictionary<string, string?> { ["ConnectionStrings:blobs"] = await NewConnectionAsync(kind) });
        builder.AddObjectStore();
        using IHost host = builder.Build();
        var store = host.Services.GetRequiredService<IObjectStore>();

        await store.WriteBytesAsync(container, $"{Patient}/a", Bytes("12345"), WriteCondition.Any, Token);
        await store.ReadAllAsync(container, $"{Patient}/a", null, Token);
        Assert.Equal(1, await store.ListAsync(container, Patient, Token).CountAsync(Token));
        await ThrowsAsync(ErrorKind.Missing, () => store.OpenReadAsync(container, $"{Patient}/b", 0, null, Token));
        await store.DeleteAsync(container, $"{Patient}/a", Token);

        Assert.Equal(
            ["write ", "read ", "list ", "read Missing", "delete "],
            measured.Where(one => one.Instrument == "organseg.storage.duration")
                .Select(one => $"{one.Tags["organseg.blob.operation"]} {one.Tags.GetValueOrDefault("error.type")}"));
        Assert.Equal(
            [("write", 5), ("read", 5)],
            measured.Where(one => one.Instrument == "organseg.storage.bytes")
                .Select(one => ((string)one.Tags["organseg.blob.operation"]!, (int)one.Value)));
        Assert.DoesNotContain(measured.SelectMany(one => one.Tags.Values), value => $"{value}".Contains(Patient, StringComparison.Ordinal));

        void Take(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            var all = tags.ToArray().ToDictionary(tag => tag.Key, tag => tag.Value);
            if (Equals(all["organseg.blob.container"], container))
            {
                measured.Enqueue((instrument.Name, value, all));
            }
        }
    }
}
