namespace OrganSeg.Ingest.Spooling;

/// <summary>
/// One large piece of data in a file that vanishes when it is disposed of: written from its start to its end by one
/// caller, then read by any number of them.
/// </summary>
internal sealed class SpooledFile(FileStream file) : IDisposable
{
    private const int ReadBytes = 1 << 16;

    /// <summary>Bytes written so far.</summary>
    public long Length { get; private set; }

    /// <exception cref="OrganSegException"><see cref="ErrorKind.Dependency"/>: the disk refuses.</exception>
    public async ValueTask AppendAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        try
        {
            await RandomAccess.WriteAsync(file.SafeFileHandle, data, Length, cancellationToken);
            Length += data.Length;
        }
        catch (IOException error)
        {
            throw new OrganSegException(
                ErrorKind.Dependency,
                "The service cannot write its temporary files; free space on its disk and import again.",
                error);
        }
    }

    /// <summary>What was written, with a place of its own; the caller disposes of it, before this.</summary>
    public Stream OpenRead() => new BufferedStream(new SpooledFileStream(file.SafeFileHandle, Length), ReadBytes);

    public void Dispose() => file.Dispose();
}
