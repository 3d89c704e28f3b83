namespace OrganSeg.Ingest.Uploads;

/// <summary>An upload that was begun. <see cref="UploadStore"/> guards it.</summary>
internal sealed class StoredUpload(UploadList list, DateTimeOffset lastUsed)
{
    public UploadList List => list;

    /// <summary>When somebody last had to do with it.</summary>
    public DateTimeOffset LastUsed { get; set; } = lastUsed;

    /// <summary>Calls that are at work on it; it stays on the disk for them.</summary>
    public int Leases { get; set; }

    /// <summary>It was given up: nobody finds it any more.</summary>
    public bool IsDeleted { get; set; }
}
