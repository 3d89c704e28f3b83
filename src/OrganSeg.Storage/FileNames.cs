using System.Text.RegularExpressions;

namespace OrganSeg.Storage;

/// <summary>Sets of files that a document describes by their SHA-256.</summary>
internal static partial class FileNames
{
    /// <summary>Refuses names that are unsafe or that the catalogue itself writes.</summary>
    public static void Check(IEnumerable<string> names, params ReadOnlySpan<string> taken)
    {
        var wrong = new List<FieldViolation>();
        int count = 0;
        foreach (string name in names)
        {
            count++;
            if (!Pattern().IsMatch(name) || taken.Contains(name))
            {
                wrong.Add(new FieldViolation(
                    "files", "A file name is made of letters, digits, dots, hyphens and underscores, in folders or not."));
            }
        }

        if (count == 0)
        {
            wrong.Add(new FieldViolation("files", "At least one file is needed."));
        }

        if (wrong.Count > 0)
        {
            throw new OrganSegException(wrong);
        }
    }

    /// <summary>What the files have to be, in ordinal order of their names.</summary>
    public static IReadOnlyDictionary<string, ModelFile> Describe(
        IReadOnlyDictionary<string, ReadOnlyMemory<byte>> files) =>
        new SortedDictionary<string, ModelFile>(
            files.ToDictionary(file => file.Key, file => ModelFile.Of(file.Value.Span)), StringComparer.Ordinal);

    /// <summary>Reads a file that a document describes; not being there is corruption then.</summary>
    public static async Task<byte[]> ReadAsync(
        IObjectStore store, string container, string blob, ModelFile expected, CancellationToken cancellationToken)
    {
        try
        {
            return await store.ReadAllAsync(container, blob, expected.Sha256, cancellationToken);
        }
        catch (OrganSegException e) when (e.Kind == ErrorKind.Missing)
        {
            throw new OrganSegException(
                ErrorKind.Corrupt, $"{container}/{blob} is named by its document but gone; restore it from a copy.", e);
        }
    }

    [GeneratedRegex(
        @"^[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}(?:/[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}){0,3}\z",
        RegexOptions.CultureInvariant)]
    private static partial Regex Pattern();
}
