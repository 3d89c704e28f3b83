using Google.Protobuf.WellKnownTypes;

namespace OrganSeg.Cli.Terminal;

/// <summary>How values look in tables.</summary>
internal static class Format
{
    /// <summary>What stands for an undefined value.</summary>
    public const string Undefined = "–";

    /// <summary>UTC to the second.</summary>
    public static string Time(Timestamp? time) =>
        time is null ? Undefined : $"{time.ToDateTime():yyyy-MM-dd HH:mm:ss}Z";

    /// <summary>A score of 0 to 1.</summary>
    public static string Score(double? score) =>
        score is { } value && double.IsFinite(value) ? $"{value:0.0000}" : Undefined;

    /// <summary>Minutes and seconds, with hours where there are any.</summary>
    public static string Duration(TimeSpan duration) =>
        duration.TotalHours >= 1 ? $"{(int)duration.TotalHours}:{duration:mm\\:ss}" : $"{duration:m\\:ss}";
}
