using System.Buffers;
using System.Text;
using System.Text.RegularExpressions;

namespace OrganSeg.Storage;

/// <summary>
/// The names both stores accept. A blob must be able to move from one store to the other and from one operating system
/// to the other, so a name has to satisfy the rules of all of them.
/// </summary>
internal static partial class BlobName
{
    private const int MaxNameLength = 1000;
    private const int MaxSegmentBytes = 240;

    private static readonly SearchValues<char> Forbidden = SearchValues.Create("\\:*?\"<>|");

    private static readonly HashSet<string> WindowsDevices = new(
        ["CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$",
            .. "0123456789¹²³".SelectMany(digit => new[] { $"COM{digit}", $"LPT{digit}" })],
        StringComparer.OrdinalIgnoreCase);

    public static void Check(string container, string name)
    {
        CheckContainer(container);
        ArgumentNullException.ThrowIfNull(name);
        if (name.Length is 0 or > MaxNameLength)
        {
            throw Wrong("it must have 1 to 1000 characters");
        }

        CheckSegments(name);
    }

    /// <summary>Checks what a listing may begin with: nothing, or whole segments and the beginning of another.</summary>
    public static void CheckPrefix(string container, string prefix)
    {
        CheckContainer(container);
        ArgumentNullException.ThrowIfNull(prefix);
        int slash = prefix.LastIndexOf('/');
        if (slash >= 0)
        {
            CheckSegments(prefix[..slash]);
        }
    }

    /// <summary>Checks a folder: nothing, or whole segments and a slash.</summary>
    public static void CheckFolder(string container, string folder)
    {
        CheckPrefix(container, folder);
        if (folder.Length > 0 && folder[^1] != '/')
        {
            throw Wrong("a folder ends in a slash");
        }
    }

    private static void CheckContainer(string container)
    {
        ArgumentNullException.ThrowIfNull(container);
        if (!ContainerPattern().IsMatch(container))
        {
            throw OrganSegException.Invalid(
                "container", "A container name has 3 to 63 small letters, digits and single hyphens between them.");
        }
    }

    private static void CheckSegments(string name)
    {
        foreach (Range range in name.AsSpan().Split('/'))
        {
            CheckSegment(name.AsSpan(range));
        }
    }

    private static void CheckSegment(ReadOnlySpan<char> segment)
    {
        if (segment.IsEmpty)
        {
            throw Wrong("it must not be absolute, end in a slash or hold two slashes in a row");
        }

        if (segment is "." or "..")
        {
            throw Wrong("it must not hold . or .. as a part");
        }

        if (segment[^1] is '.' or ' ')
        {
            throw Wrong("no part of it may end in a dot or a space");
        }

        if (segment.ContainsAny(Forbidden))
        {
            throw Wrong("it must not hold any of \\ : * ? \" < > |");
        }

        foreach (Rune rune in segment.EnumerateRunes())
        {
            if (Rune.IsControl(rune) || rune == Rune.ReplacementChar)
            {
                throw Wrong("it must not hold control characters or broken Unicode");
            }
        }

        if (Encoding.UTF8.GetByteCount(segment) > MaxSegmentBytes)
        {
            throw Wrong("no part of it may be longer than 240 bytes");
        }

        int dot = segment.IndexOf('.');
        string stem = (dot < 0 ? segment : segment[..dot]).TrimEnd(' ').ToString();
        if (WindowsDevices.Contains(stem))
        {
            throw Wrong("no part of it may be a device name of Windows, such as NUL or COM1");
        }
    }

    private static OrganSegException Wrong(string why) =>
        OrganSegException.Invalid("name", $"This is no legal blob name: {why}.");

    [GeneratedRegex("^[a-z0-9](?:[a-z0-9]|-(?=[a-z0-9])){2,62}\\z", RegexOptions.CultureInvariant)]
    private static partial Regex ContainerPattern();
}
