using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Text;
using Microsoft.Extensions.Logging;
using OrganSeg.Testing;
using OrganSeg.V1;

namespace OrganSeg.Ingest.Tests;

/// <summary>What identifies a patient goes into an import and comes out nowhere: not in blobs, logs, traces or metrics.</summary>
public sealed class PrivacyTests
{
    // Marks everything that was planted; no encoding of anything else gives it by chance.
    private const string Mark = "QZXVPHI";

    // Text elements of CT images by PS3.6, of every text representation, and one of a manufacturer's own.
    private static readonly (uint Tag, string Kind)[] Elements =
    [
        (0x0008_0018, "UI"), (0x0008_0050, "SH"), (0x0008_0080, "LO"), (0x0008_0081, "ST"), (0x0008_0090, "PN"), (0x0008_0092, "ST"),
        (0x0008_1010, "SH"), (0x0008_1030, "LO"), (0x0008_103E, "LO"), (0x0008_1048, "PN"), (0x0008_1070, "PN"), (0x0008_4000, "LT"),
        (0x0010_0021, "LO"), (0x0010_0030, "DA"), (0x0010_0032, "TM"), (0x0010_0040, "CS"), (0x0010_1000, "LO"), (0x0010_1001, "PN"),
        (0x0010_1010, "AS"), (0x0010_1030, "DS"), (0x0010_1040, "LO"), (0x0010_2154, "SH"), (0x0010_2160, "SH"), (0x0010_2180, "SH"),
        (0x0010_21B0, "LT"), (0x0010_4000, "LT"), (0x0011_1010, "LO"), (0x0018_1030, "LO"), (0x0020_0010, "SH"), (0x0020_0013, "IS"),
        (0x0020_4000, "LT"), (0x0032_1032, "PN"), (0x0032_1060, "LO"), (0x0038_0010, "LO"), (0x0040_0254, "LO"), (0x0040_A123, "PN"),
    ];

    [Fact]
    public async Task Import_PlantedIdentifiers_AreNeitherInBlobsNorInTelemetry()
    {
        var token = TestContext.Current.CancellationToken;
        using var heard = new Heard();
        await using var host = await IngestHost.StartAsync(token, logs: heard);
        var affine = new double[] { -1, 0, 0, 0, 0, -1, 0, 0, 0, 0, 2, 0 };
        var folder = $"{Mark}^Jane";
        var zip = DicomImage.Zip(DicomImportTests.Series($"{Mark}.1.2", patient: $"{Mark}-4711")
            .Select((file, i) => ($"{folder}/{Mark}{i}.dcm", Plant(file.Content))));

        var dataset = await Upload.To("private", header => header.Pseudonyms = true)
            .File(FileRole.Image, $"{Mark}.zip", zip)
            .File(FileRole.Label, $"{folder}.nii.gz", NiftiFile.Compress(Volumes.Labels(affine: affine)))
            .File(FileRole.Image, $"{Mark}-nifti.nii", Volumes.Plain(0))
            .File(FileRole.Label, $"{Mark}-nifti.nii", Volumes.Labels())
            .Slice($"{Mark}-png_slice001.png")
            .SendAsync(host, token);

        Assert.DoesNotContain(Mark, dataset.ToString(), StringComparison.OrdinalIgnoreCase);

        // What is refused tells its sender which file, and nobody else.
        var refused = await Assert.ThrowsAsync<Grpc.Core.RpcException>(() => Upload.To("refused")
            .File(FileRole.Image, $"{Mark}.zip", zip)
            .File(FileRole.Label, $"{folder}.nii", Volumes.Labels())
            .File(FileRole.Image, $"{Mark}.nii", [1, 2, 3])
            .SendAsync(host, token));
        Assert.Contains(Mark, refused.Status.Detail, StringComparison.Ordinal);

        var files = Directory.GetFiles(host.StorePath, "*", SearchOption.AllDirectories);
        Assert.True(files.Length >= 4, "There must be a manifest and three shards to look at.");
        foreach (var file in files)
        {
            Assert.DoesNotContain(Mark, file, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain(Mark, Encoding.Latin1.GetString(await File.ReadAllBytesAsync(file, token)), StringComparison.OrdinalIgnoreCase);
        }

        Assert.True(heard.Sources.IsSupersetOf(["log", "trace", "metric"]), "Telemetry must have been heard to be searched.");
        Assert.DoesNotContain(heard.Texts, text => text.Contains(Mark, StringComparison.OrdinalIgnoreCase));
        Assert.Empty(host.SpoolFiles);
    }

    /// <summary>Puts a marked value of every text element before the others, and one into a sequence.</summary>
    private static byte[] Plant(byte[] file)
    {
        var planted = new List<byte>();
        foreach (var (tag, kind) in Elements)
        {
            planted.AddRange(Element(tag, kind, Encoding.ASCII.GetBytes($"{Mark}{tag:X8} ")));
        }

        byte[] item = [.. Element(0x0010_0010, "PN", Encoding.ASCII.GetBytes(Mark + "^"))];
        byte[] sequence = [0x10, 0, 0x02, 0x10, (byte)'S', (byte)'Q', 0, 0, .. BitConverter.GetBytes(item.Length + 8), 0xFE, 0xFF, 0x00, 0xE0, .. BitConverter.GetBytes(item.Length), .. item];
        var start = file.AsSpan().IndexOf("\u0008\0\u0060\0CS"u8);
        return [.. file[..start], .. planted, .. sequence, .. file[start..]];
    }

    /// <summary>An element in explicit little endian (PS3.5, section 7.1.2) whose length is short.</summary>
    private static byte[] Element(uint tag, string kind, byte[] value) =>
    [
        (byte)(tag >> 16), (byte)(tag >> 24), (byte)tag, (byte)(tag >> 8), .. Encoding.ASCII.GetBytes(kind),
        .. BitConverter.GetBytes((ushort)value.Length), .. value,
    ];

    /// <summary>Everything that logs, traces and metrics of this process say.</summary>
    private sealed class Heard : ILoggerProvider, ILogger
    {
        private readonly ActivityListener _traces;
        private readonly MeterListener _metrics = new();

        public Heard()
        {
            _traces = new ActivityListener
            {
                ShouldListenTo = _ => true,
                Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
                ActivityStopped = span =>
                {
                    Say("trace", $"{span.DisplayName} {span.OperationName} {span.StatusDescription} {span.TraceStateString}");
                    SayAll("trace", span.TagObjects.Concat(span.Events.SelectMany(happened => happened.Tags.Append(new("event", happened.Name)))));
                    SayAll("trace", span.Baggage.Select(item => new KeyValuePair<string, object?>(item.Key, item.Value)));
                },
            };
            ActivitySource.AddActivityListener(_traces);
            _metrics.InstrumentPublished = (instrument, listener) => listener.EnableMeasurementEvents(instrument);
            _metrics.SetMeasurementEventCallback<long>(Measured);
            _metrics.SetMeasurementEventCallback<int>(Measured);
            _metrics.SetMeasurementEventCallback<double>(Measured);
            _metrics.Start();
        }

        public ConcurrentQueue<string> Texts { get; } = [];

        public HashSet<string> Sources => [.. _sources.Keys];

        private readonly ConcurrentDictionary<string, bool> _sources = [];

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull
        {
            SayState(state);
            return null;
        }

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            Say("log", $"{formatter(state, exception)} {exception}");
            SayState(state);
        }

        public void Dispose()
        {
            _traces.Dispose();
            _metrics.Dispose();
        }

        private void Measured<T>(Instrument instrument, T value, ReadOnlySpan<KeyValuePair<string, object?>> tags, object? state) =>
            SayAll("metric", [new(instrument.Name, value), .. tags.ToArray()]);

        private void SayState<TState>(TState state)
        {
            if (state is IEnumerable<KeyValuePair<string, object?>> values)
            {
                SayAll("log", values);
            }
        }

        private void SayAll(string source, IEnumerable<KeyValuePair<string, object?>> values)
        {
            foreach (var (key, value) in values)
            {
                Say(source, $"{key}={value}");
            }
        }

        private void Say(string source, string text)
        {
            _sources[source] = true;
            Texts.Enqueue(text);
        }
    }
}
