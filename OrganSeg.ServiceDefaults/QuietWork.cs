using System.Diagnostics;

namespace OrganSeg.ServiceDefaults;

/// <summary>
/// What a service does every few seconds by itself, such as to look whether there is work: nobody asked for it, and its spans
/// would bury those of operations.
/// </summary>
public static class QuietWork
{
    /// <summary>A parent whose spans no exporter takes, until it is disposed of.</summary>
    public static Activity Start() => new Activity("quiet").SetParentId(
        ActivityTraceId.CreateRandom(), ActivitySpanId.CreateRandom(), ActivityTraceFlags.None).Start();

    /// <summary>
    /// Whether no span of this process's own making is recorded now. Where a caller decided not to record, its trace is there
    /// all the same.
    /// </summary>
    internal static bool IsQuiet(Activity? activity)
    {
        if (activity is null || activity.Recorded)
        {
            return false;
        }

        while (activity.Parent is { } parent)
        {
            activity = parent;
        }

        return !activity.HasRemoteParent;
    }
}
