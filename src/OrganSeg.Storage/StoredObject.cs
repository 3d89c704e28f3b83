namespace OrganSeg.Storage;

/// <summary>What a store knows about one blob.</summary>
/// <param name="Name">Name within its container, segments separated by <c>/</c>.</param>
/// <param name="Length">Length in bytes.</param>
/// <param name="ETag">Names this content of the blob; it changes whenever the content does.</param>
/// <param name="LastModified">When it was last written, UTC.</param>
public readonly record struct StoredObject(string Name, long Length, string ETag, DateTimeOffset LastModified);
