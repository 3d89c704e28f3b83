using System.Globalization;
using System.Text.RegularExpressions;

namespace OrganSeg.Imaging;

/// <summary>What a slice's file name says.</summary>
public static partial class SliceName
{
    /// <summary>
    /// The case (patient) a slice belongs to: what <c>^(.+)_slice\d+</c> captures, else the name without its
    /// extension. Folders in front of the name, with either kind of slash, are ignored.
    /// </summary>
    /// <param name="fileName">Such as <c>case0005_slice023.png</c>.</param>
    /// <returns>Such as <c>case0005</c>.</returns>
    public static string CaseOf(string fileName)
    {
        ArgumentNullException.ThrowIfNull(fileName);

        // Path.GetFileName knows the backslash only on Windows, but names travel between systems.
        var name = fileName[(fileName.AsSpan().LastIndexOfAny('/', '\\') + 1)..];
        var match = CaseAndSlice().Match(name);
        return match.Success ? match.Groups[1].Value : Path.GetFileNameWithoutExtension(name);
    }

    /// <summary>The number of a slice in its case: the digits behind the <c>_slice</c> by which <see cref="CaseOf"/> knows the case.</summary>
    /// <param name="name">Such as <c>case0005_slice023</c>, without folders.</param>
    /// <returns>Such as 23; null without a number, or with one beyond 64 bits.</returns>
    public static long? NumberOf(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        var match = CaseAndSlice().Match(name);
        return match.Success && long.TryParse(match.Groups[2].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : null;
    }

    [GeneratedRegex(@"^(.+)_slice([0-9]+)", RegexOptions.CultureInvariant)]
    private static partial Regex CaseAndSlice();
}
