using System.Text;
using System.Text.RegularExpressions;

namespace OrganSeg.Storage;

/// <summary>Names of datasets, models, aliases, runs and reports, and safe names made out of anything.</summary>
public static partial class Names
{
    private const int MaxSlugLength = 64;

    /// <summary>Whether a name may be one of a dataset, model, alias, run or report.</summary>
    public static bool IsValid(string? name) =>
        name is not null && NamePattern().IsMatch(name) && name[^1] != '.' && !IsWindowsDevice(name);

    /// <summary>Refuses what is no name.</summary>
    /// <param name="name">The name.</param>
    /// <param name="field">What to name in the error, such as <c>dataset</c>.</param>
    /// <exception cref="OrganSegException"><see cref="ErrorKind.Invalid"/>.</exception>
    public static void Check(string? name, string field)
    {
        if (!IsValid(name))
        {
            throw OrganSegException.Invalid(
                field,
                "A name has 1 to 64 small letters, digits, dots, hyphens and underscores, begins with a letter or digit "
                + "and does not end in a dot.");
        }
    }

    /// <summary>
    /// A name for a blob or an archive entry out of any text: the text itself where that is safe, else its safe
    /// characters and a short hash, by which different texts keep different names.
    /// </summary>
    /// <param name="text">Any text, such as a case's name.</param>
    public static string Slug(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var slug = new StringBuilder(Math.Min(text.Length, MaxSlugLength));
        foreach (char c in text.AsSpan(0, Math.Min(text.Length, MaxSlugLength)))
        {
            slug.Append(char.IsAsciiLetterOrDigit(c) || c is '_' or '-' ? char.ToLowerInvariant(c) : '-');
        }

        string safe = slug.ToString();
        return safe == text && safe.Length > 0 && !IsWindowsDevice(safe)
            ? safe
            : $"{safe}-{ObjectStoreExtensions.Sha256Of(Encoding.UTF8.GetBytes(text))[..12]}";
    }

    /// <summary>Whether Windows takes a file of this name, in small letters, for a device, such as <c>con.png</c>.</summary>
    /// <param name="name">A file name without folders.</param>
    public static bool IsWindowsDevice(string name) => DevicePattern().IsMatch(name);

    [GeneratedRegex(@"^[a-z0-9][a-z0-9._-]{0,63}\z", RegexOptions.CultureInvariant)]
    private static partial Regex NamePattern();

    [GeneratedRegex(@"^(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\.|\z)", RegexOptions.CultureInvariant)]
    private static partial Regex DevicePattern();
}
