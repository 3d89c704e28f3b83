using System.Buffers.Binary;
using System.Security.Cryptography;

namespace OrganSeg.Ingest.Uploads;

/// <summary>SHA-256 of a file, which is what it goes by in uploads.</summary>
internal readonly record struct ContentDigest(UInt128 High, UInt128 Low)
{
    public const int Bytes = SHA256.HashSizeInBytes;

    /// <param name="sha256">32 bytes.</param>
    public static ContentDigest From(ReadOnlySpan<byte> sha256) =>
        new(BinaryPrimitives.ReadUInt128BigEndian(sha256), BinaryPrimitives.ReadUInt128BigEndian(sha256[(Bytes / 2)..]));

    public static ContentDigest Of(ReadOnlySpan<byte> content)
    {
        Span<byte> sha256 = stackalloc byte[Bytes];
        SHA256.HashData(content, sha256);
        return From(sha256);
    }

    public static async Task<ContentDigest> OfAsync(Stream content, CancellationToken cancellationToken) =>
        From(await SHA256.HashDataAsync(content, cancellationToken));

    /// <param name="sha256">Takes 32 bytes.</param>
    public void Write(Span<byte> sha256)
    {
        BinaryPrimitives.WriteUInt128BigEndian(sha256, High);
        BinaryPrimitives.WriteUInt128BigEndian(sha256[(Bytes / 2)..], Low);
    }
}
