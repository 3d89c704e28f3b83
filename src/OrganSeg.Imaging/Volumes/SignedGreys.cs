namespace OrganSeg.Imaging.Volumes;

/// <summary>Looks greys up.</summary>
/// <param name="table">Of <see cref="GreyTable"/>.</param>
internal readonly struct SignedGreys(byte[] table) : IGreys<short>
{
    public byte Of(short stored) => table[unchecked((ushort)stored)];
}
