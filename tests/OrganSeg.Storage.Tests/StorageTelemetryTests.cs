using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OrganSeg.Testing;

namespace OrganSeg.Storage.Tests;

public sealed class StorageTelemetryTests(AzuriteServer azurite) : StoreTests(azurite)
{
    private static readonly ActivitySource Callers = new("OrganSeg.Storage.Tests");

    [Theory, MemberData(nameof(Stores))]
    public async Task Operations_UnderATrace_HaveSpansWithoutBlobNames(StoreKind kind)
    {
        const string Patient = "patient-4711";
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration.AddInMemoryCollection(
            new Dictionary<string, string?> { ["ConnectionStrings:blobs"] = await NewConnectionAsync(kind) });
        builder.AddObjectStore();
        using IHost host = builder.Build();
        var store = host.Services.GetRequiredService<IObjectStore>();

        var ended = new ConcurrentQueue<Activity>();
        ActivityTraceId trace;
        using (var listener = new ActivityListener
        {
            ShouldListenTo = _ => true,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = ended.Enqueue,
        })
        {
            ActivitySource.AddActivityListener(listener);
            using Activity caller = Callers.StartActivity("caller")!;
            trace = caller.TraceId;
            await store.WriteBytesAsync("things", $"{Patient}/a", Bytes("12345"), WriteCondition.Any, Token);
            await store.ReadAllAsync("things", $"{Patient}/a", null, Token);
            await foreach (StoredObject blob in store.ListAsync("things", Patient, Token))
            {
                Assert.Same(caller, Activity.Current);
            }

            await ThrowsAsync(ErrorKind.Missing, () => store.OpenReadAsync("things", $"{Patient}/b", 0, null, Token));
            Assert.Same(caller, Activity.Current);
        }

        Activity[] spans = [.. ended.Where(span => span.TraceId == trace)];
        Activity[] own = [.. spans.Where(span => span.Source.Name == StorageTelemetry.SourceName)];
        Assert.Equal(["blob.write", "blob.read", "blob.list", "blob.read"], own.Select(span => span.OperationName));
        Assert.All(own, span => Assert.Equal("things", span.GetTagItem("organseg.blob.container")));
        Assert.Equal(5L, own[0].GetTagItem("organseg.blob.size"));
        Assert.Equal(5L, own[1].GetTagItem("organseg.blob.size"));
        Assert.Equal(1L, own[2].GetTagItem("organseg.blob.count"));
        Assert.Equal(ActivityStatusCode.Unset, own[3].Status);
        Assert.Equal(nameof(ErrorKind.Missing), own[3].GetTagItem("organseg.blob.answer"));
        Assert.Equal(
            kind == StoreKind.Azurite, spans.Any(span => span.Source.Name.StartsWith("Azure.", StringComparison.Ordinal)));
        foreach (Activity span in spans)
        {
            string all = string.Join('\n', span.TagObjects.Select(tag => $"{tag.Key}={tag.Value}")
                .Concat(span.Events.SelectMany(e => e.Tags).Select(tag => $"{tag.Key}={tag.Value}"))
                .Append(span.DisplayName).Append(span.StatusDescription));
            Assert.False(
                all.Contains(Patient, StringComparison.Ordinal), $"{span.Source.Name}/{span.OperationName}: {all}");
        }
    }
}
