namespace OrganSeg.Imaging.Volumes;

/// <summary>
/// The greys of all numbers of 16 bits, which are fewer than a slice has voxels. The last table is kept: slice after slice of a
/// volume asks for the same.
/// </summary>
internal sealed class GreyTable
{
    private static volatile GreyTable? _last;

    private readonly (bool IsSigned, double Slope, double Shift) _key;
    private readonly byte[] _greys = new byte[1 << 16];

    private GreyTable((bool IsSigned, double Slope, double Shift) key)
    {
        _key = key;
        var (signed, unsigned) = (new ScaledGreys<short>(key.Slope, key.Shift), new ScaledGreys<ushort>(key.Slope, key.Shift));
        for (var bits = 0; bits < _greys.Length; bits++)
        {
            _greys[bits] = key.IsSigned ? signed.Of(unchecked((short)bits)) : unsigned.Of((ushort)bits);
        }
    }

    /// <param name="isSigned">Whether the numbers are.</param>
    /// <param name="slope">Greys to one stored number.</param>
    /// <param name="shift">Grey of a stored 0.</param>
    /// <returns>The grey at the place of a number's bits; nobody may write into it.</returns>
    public static byte[] Of(bool isSigned, double slope, double shift)
    {
        var key = (isSigned, slope, shift);
        var table = _last;
        if (table is null || table._key != key)
        {
            _last = table = new GreyTable(key);
        }

        return table._greys;
    }
}
