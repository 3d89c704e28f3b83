using System.Globalization;
using System.Security.Cryptography;

namespace OrganSeg.Storage;

/// <summary>Who imported what: container <c>imports</c>. An import is in it before it has read a file, and nothing is ever deleted.</summary>
public sealed class ImportLog(IObjectStore store, TimeProvider time)
{
    /// <summary>Writes that an import begins.</summary>
    /// <param name="record">All that is known of it by then.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The record with its id and time.</returns>
    public async Task<ImportRecord> BeginAsync(ImportRecord record, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(record);
        while (true)
        {
            DateTimeOffset now = time.GetUtcNow();
            ImportRecord begun = record with
            {
                Id = string.Create(
                    CultureInfo.InvariantCulture,
                    $"{now.UtcDateTime:yyyyMMdd-HHmmss-fff}-{RandomNumberGenerator.GetHexString(8, lowercase: true)}"),
                BegunAt = now,
                Outcome = ImportOutcome.Begun,
            };
            try
            {
                await store.WriteJsonAsync(StoredFolder.Imports, BlobOf(begun.Id), begun, WriteCondition.IfAbsent, cancellationToken);
                return begun;
            }
            catch (OrganSegException error) when (error.Kind == ErrorKind.Exists)
            {
                // Two in one millisecond drew the same number; draw again.
            }
        }
    }

    /// <summary>Writes how an import ended.</summary>
    /// <param name="record">What <see cref="BeginAsync"/> returned, with its outcome.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task EndAsync(ImportRecord record, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(record);
        Names.Check(record.Id, "import");
        await store.WriteJsonAsync(
            StoredFolder.Imports, BlobOf(record.Id), record with { EndedAt = time.GetUtcNow() }, WriteCondition.Any, cancellationToken);
    }

    /// <summary>The newest imports, newest first.</summary>
    /// <param name="dataset">Only those into this dataset; null for all.</param>
    /// <param name="most">How many.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="OrganSegException"><see cref="ErrorKind.Corrupt"/>, naming the blob.</exception>
    public async Task<IReadOnlyList<ImportRecord>> ListAsync(string? dataset, int most, CancellationToken cancellationToken)
    {
        var found = new List<ImportRecord>();
        string[] ids = await store.ListFoldersAsync(StoredFolder.Imports, "", cancellationToken).ToArrayAsync(cancellationToken);
        foreach (string id in ids.Reverse())
        {
            if (found.Count == most)
            {
                break;
            }

            ImportRecord record = await store.ReadJsonAsync<ImportRecord>(StoredFolder.Imports, BlobOf(id), cancellationToken);
            if (dataset is null || record.Dataset == dataset)
            {
                found.Add(record);
            }
        }

        return found;
    }

    private static string BlobOf(string id) => $"{id}/{StoredFolder.ImportDocument}";
}
