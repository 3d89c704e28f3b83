using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Logs;
using OrganSeg.V1;

namespace OrganSeg.ServiceDefaults.Tests;

/// <summary>What an exporter of logs gets.</summary>
public sealed partial class LogTests
{
    [Fact]
    public async Task Log_InACall_HasItsSpanItsFieldsItsTextAndItsScopes()
    {
        var token = TestContext.Current.CancellationToken;
        var seen = new Seen();
        ILogger? logger = null;
        ActivitySpanId span = default;
        await using var service = await TestService.StartAsync(
            (_, _) =>
            {
                span = Activity.Current!.SpanId;
                using (logger!.BeginScope(new Dictionary<string, object> { ["Part"] = "first" }))
                {
                    LogThings(logger!, 3);
                }

                return Task.FromResult(new Model());
            },
            token,
            builder =>
            {
                builder.Configuration["Logging:LogLevel:Probe"] = "Information";
                builder.Logging.AddOpenTelemetry(logging => logging.AddProcessor(seen));
            },
            app => logger = app.Services.GetRequiredService<ILoggerFactory>().CreateLogger("Probe"));
        using var caller = new Activity("caller")
            .SetParentId(ActivityTraceId.CreateRandom(), ActivitySpanId.CreateRandom(), ActivityTraceFlags.Recorded).Start();

        await service.Client.GetModelAsync(new GetModelRequest(), cancellationToken: token);

        var record = Assert.Single(seen.Records);
        Assert.Equal((caller.TraceId, span), (record.Trace, record.Span));
        Assert.Equal("There are 3 things", record.Text);
        Assert.Contains(new("Count", 3), record.Fields);
        Assert.Contains(new("Part", "first"), record.Scopes);
    }

    [LoggerMessage(9900, LogLevel.Information, "There are {Count} things")]
    private static partial void LogThings(ILogger logger, int count);

    private sealed record Record(
        ActivityTraceId Trace,
        ActivitySpanId Span,
        string? Text,
        IReadOnlyList<KeyValuePair<string, object?>> Fields,
        IReadOnlyList<KeyValuePair<string, object?>> Scopes);

    /// <summary>Keeps copies, since records are used again.</summary>
    private sealed class Seen : BaseProcessor<LogRecord>
    {
        public ConcurrentQueue<Record> Records { get; } = new();

        public override void OnEnd(LogRecord data)
        {
            var scopes = new List<KeyValuePair<string, object?>>();
            data.ForEachScope(
                static (scope, all) =>
                {
                    foreach (var pair in scope)
                    {
                        all.Add(pair);
                    }
                },
                scopes);
            Records.Enqueue(new Record(data.TraceId, data.SpanId, data.FormattedMessage, [.. data.Attributes ?? []], scopes));
        }
    }
}
