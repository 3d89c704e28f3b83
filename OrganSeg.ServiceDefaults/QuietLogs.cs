using System.Diagnostics;
using OpenTelemetry;
using OpenTelemetry.Logs;

namespace OrganSeg.ServiceDefaults;

/// <summary>What is logged where nothing is traced belongs to no trace; else it would name one that nobody can find.</summary>
internal sealed class QuietLogs : BaseProcessor<LogRecord>
{
    public override void OnEnd(LogRecord data)
    {
        if (QuietWork.IsQuiet(Activity.Current))
        {
            data.TraceId = default;
            data.SpanId = default;
        }
    }
}
