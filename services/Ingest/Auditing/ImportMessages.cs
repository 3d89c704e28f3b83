using Google.Protobuf.WellKnownTypes;

namespace OrganSeg.Ingest.Auditing;

/// <summary>The log of imports as clients see it.</summary>
internal static class ImportMessages
{
    public static V1.ImportRecord ToMessage(this Storage.ImportRecord record) => new()
    {
        Id = record.Id,
        BegunAt = Timestamp.FromDateTimeOffset(record.BegunAt),
        EndedAt = record.EndedAt is { } ended ? Timestamp.FromDateTimeOffset(ended) : null,
        Outcome = Lower(record.Outcome.ToString()),
        Error = Lower(record.Error?.ToString() ?? ""),
        User = record.User ?? "",
        UserIsAuthenticated = record.UserIsAuthenticated,
        Address = record.Address ?? "",
        Dataset = record.Dataset,
        Version = record.Version ?? "",
        Digest = record.Digest ?? "",
        Files = (ulong)record.Files,
        Slices = (ulong)record.Slices,
        Cases = (uint)record.Cases,
        Servers = { record.Servers },
        Pseudonyms = record.Pseudonyms,
        AllowBurnedIn = record.AllowBurnedIn,
        AllowLeakage = record.AllowLeakage,
    };

    private static string Lower(string name) => name.ToLowerInvariant();
}
