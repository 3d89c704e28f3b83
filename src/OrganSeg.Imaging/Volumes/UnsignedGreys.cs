namespace OrganSeg.Imaging.Volumes;

/// <summary>Looks greys up.</summary>
/// <param name="table">Of <see cref="GreyTable"/>.</param>
internal readonly struct UnsignedGreys(byte[] table) : IGreys<ushort>
{
    public byte Of(ushort stored) => table[stored];
}
