using System.Diagnostics;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Logs;
using OpenTelemetry.Trace;

namespace OrganSeg.ServiceDefaults.Tests;

/// <summary>What nobody asked for leaves no spans, and no logs that name a trace which is not there.</summary>
public sealed partial class QuietWorkTests
{
    [Fact]
    public void Start_WorkBelow_IsNotRecordedAndWorkBesideIs()
    {
        using var source = new ActivitySource("OrganSeg.Quiet.Tests");
        var spans = new List<Activity>();
        using var provider = Sdk.CreateTracerProviderBuilder().AddSource(source.Name).AddProcessor(new Recorder<Activity>(spans.Add)).Build();

        using (QuietWork.Start())
        {
            source.StartActivity("quiet")?.Dispose();
        }

        source.StartActivity("loud")?.Dispose();

        Assert.Equal("loud", Assert.Single(spans).OperationName);
    }

    [Fact]
    public void Log_InQuietWork_BelongsToNoTraceAndInWorkToItsSpan()
    {
        using var source = new ActivitySource("OrganSeg.Quiet.Tests.Logs");
        using var provider = Sdk.CreateTracerProviderBuilder().AddSource(source.Name).Build();
        var records = new List<ActivityTraceId>();
        using var logging = LoggerFactory.Create(builder => builder.AddOpenTelemetry(options => options
            .AddProcessor(new QuietLogs())
            .AddProcessor(new Recorder<LogRecord>(record => records.Add(record.TraceId)))));
        var logger = logging.CreateLogger("test");

        using (QuietWork.Start())
        {
            Log(logger, "quiet");
        }

        ActivityTraceId trace;
        using (var work = source.StartActivity("work")!)
        {
            trace = work.TraceId;
            Log(logger, "work");
        }

        Assert.Equal([default, trace], records);
    }

    [LoggerMessage(1, LogLevel.Information, "{What}")]
    private static partial void Log(ILogger logger, string what);

    private sealed class Recorder<T>(Action<T> record) : BaseProcessor<T>
    {
        public override void OnEnd(T data) => record(data);
    }
}
