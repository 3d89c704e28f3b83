using System.Globalization;
using System.Runtime.CompilerServices;

namespace OrganSeg.Storage;

/// <summary>
/// Versions 1, 2, … of named things: <c>{name}/{version}/…</c>. A number is taken by writing <c>reserved</c> only if it
/// is absent; a version exists for readers once its document is there, which is written last.
/// </summary>
internal sealed class VersionedFolders(IObjectStore store, string container, string document)
{
    /// <summary>File whose being there takes a number.</summary>
    public const string Reservation = "reserved";

    public static string Folder(string name, string version) => $"{name}/{version}/";

    public string DocumentOf(string name, string version) => Folder(name, version) + document;

    /// <summary>Takes the next free version number of a name; no two callers get the same.</summary>
    public async Task<string> ReserveAsync(string name, CancellationToken cancellationToken)
    {
        int next = (await NumbersAsync(name, cancellationToken)).DefaultIfEmpty(0).Max() + 1;
        for (; ; next++)
        {
            string version = next.ToString(CultureInfo.InvariantCulture);
            try
            {
                await store.WriteBytesAsync(
                    container,
                    Folder(name, version) + Reservation,
                    ReadOnlyMemory<byte>.Empty,
                    WriteCondition.IfAbsent,
                    cancellationToken);
                return version;
            }
            catch (OrganSegException e) when (e.Kind == ErrorKind.Exists)
            {
                // Somebody else was faster; try the next number.
            }
        }
    }

    /// <summary>
    /// Deletes all of a version that is not to be: its document first, so that none is seen half there, and its
    /// reservation last. When the store fails meanwhile the rest stays behind, which nobody sees either.
    /// </summary>
    public async Task DiscardAsync(string name, string version, CancellationToken cancellationToken)
    {
        try
        {
            await store.DeleteAsync(container, DocumentOf(name, version), cancellationToken);
            await store.DeleteFolderAsync(container, Folder(name, version), Reservation, cancellationToken);
        }
        catch (OrganSegException)
        {
            // The failure that led here matters more to the caller than this one.
        }
    }

    /// <summary>The documents of all visible versions of a name, newest first.</summary>
    public async IAsyncEnumerable<(string Version, byte[] Document)> ReadVersionsAsync(
        string name, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (int number in (await NumbersAsync(name, cancellationToken)).OrderDescending())
        {
            string version = number.ToString(CultureInfo.InvariantCulture);
            byte[]? bytes = await store.TryReadAllAsync(container, DocumentOf(name, version), cancellationToken);
            if (bytes is not null)
            {
                yield return (version, bytes);
            }
        }
    }

    /// <summary>The names that may have versions, in ordinal order.</summary>
    public async IAsyncEnumerable<string> ReadNamesAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (string name in store.ListFoldersAsync(container, "", cancellationToken))
        {
            if (Names.IsValid(name))
            {
                yield return name;
            }
        }
    }

    /// <summary>Splits <c>name</c> or <c>name@version</c>.</summary>
    public static (string Name, string? Version) Parse(string reference, string field)
    {
        ArgumentNullException.ThrowIfNull(reference);
        int at = reference.IndexOf('@', StringComparison.Ordinal);
        string name = at < 0 ? reference : reference[..at];
        string? version = at < 0 ? null : reference[(at + 1)..];
        Names.Check(name, field);
        if (version is not null && !IsNumber(version, out _))
        {
            throw OrganSegException.Invalid(field, "A version is a number, as in name@3.");
        }

        return (name, version);
    }

    private async Task<List<int>> NumbersAsync(string name, CancellationToken cancellationToken)
    {
        var numbers = new List<int>();
        await foreach (string folder in store.ListFoldersAsync(container, name + "/", cancellationToken))
        {
            if (IsNumber(folder, out int number))
            {
                numbers.Add(number);
            }
        }

        return numbers;
    }

    private static bool IsNumber(string text, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number)
        && number > 0 && text[0] != '0';
}
