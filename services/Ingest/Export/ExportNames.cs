using System.Text;
using OrganSeg.Storage;

namespace OrganSeg.Ingest.Export;

/// <summary>Names of cases and slices as names of files.</summary>
internal static class ExportNames
{
    private const int MaxBytes = 200;

    /// <summary>The name itself where every system takes it for a file, else one made of it.</summary>
    public static string Of(string name) => IsFileName(name) ? name : Names.Slug(name);

    /// <summary>A field of a CSV file.</summary>
    public static string Csv(string text) =>
        text.AsSpan().IndexOfAny(",\"\r\n") >= 0 ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : text;

    private static bool IsFileName(string name) =>
        name.Length > 0
        && Encoding.UTF8.GetByteCount(name) <= MaxBytes
        && name[0] is not ('.' or '-' or ' ')
        && name[^1] is not ('.' or ' ')
        && name.All(c => !char.IsControl(c) && !char.IsSurrogate(c) && !"<>:\"/\\|?*".Contains(c, StringComparison.Ordinal))
        && !Names.IsWindowsDevice(name.ToLowerInvariant());
}
