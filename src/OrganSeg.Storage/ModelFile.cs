namespace OrganSeg.Storage;

/// <summary>What a file of a model or a run has to be.</summary>
/// <param name="Sha256">SHA-256 of its content in hexadecimal.</param>
/// <param name="Bytes">Its length in bytes.</param>
public sealed record ModelFile(string Sha256, long Bytes)
{
    internal static ModelFile Of(ReadOnlySpan<byte> content) =>
        new(ObjectStoreExtensions.Sha256Of(content), content.Length);
}
