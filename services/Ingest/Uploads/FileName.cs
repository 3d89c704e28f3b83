using System.Text;

namespace OrganSeg.Ingest.Uploads;

/// <summary>Rules for the names of files that a client sends.</summary>
internal static class FileName
{
    private const string Extension = ".png";
    private const int MaxBytes = 200;
    private const int ShownCharacters = 80;

    /// <summary>Says what is wrong with a name; null when nothing is.</summary>
    public static string? Problem(string name)
    {
        if (StemOf(name).Trim().Length == 0 || name is "." or "..")
        {
            return "is no file name; send the name of each file.";
        }

        if (Encoding.UTF8.GetByteCount(name) > MaxBytes)
        {
            return $"has a name longer than {MaxBytes} bytes; shorten it.";
        }

        if (name.AsSpan().ContainsAny('/', '\\'))
        {
            return "has a folder in its name; send file names without folders.";
        }

        return name.Any(char.IsControl) ? "has a control character in its name; rename it." : null;
    }

    /// <summary>The name of a slice: the file's name without <c>.png</c>.</summary>
    public static string StemOf(string name) =>
        name.EndsWith(Extension, StringComparison.OrdinalIgnoreCase) ? name[..^Extension.Length] : name;

    /// <summary>The name as an error may show it, whatever it holds.</summary>
    public static string Shown(string name)
    {
        var shown = new StringBuilder();
        foreach (var rune in name.EnumerateRunes().Take(ShownCharacters))
        {
            shown.Append(Rune.IsControl(rune) ? "?" : rune.ToString());
        }

        return shown.Length == 0 ? "(no name)" : shown.Length < name.Length ? $"{shown}…" : shown.ToString();
    }
}
