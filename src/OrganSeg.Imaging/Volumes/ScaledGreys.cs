using System.Numerics;

namespace OrganSeg.Imaging.Volumes;

/// <summary>Computes each grey: rounded, halves to even, and 0 for what is not a number.</summary>
/// <typeparam name="T">How numbers are stored.</typeparam>
/// <param name="slope">Greys to one stored number.</param>
/// <param name="shift">Grey of a stored 0.</param>
internal readonly struct ScaledGreys<T>(double slope, double shift) : IGreys<T>
    where T : unmanaged, INumber<T>
{
    public byte Of(T stored)
    {
        var grey = (double.CreateTruncating(stored) * slope) + shift;

        // A comparison with what is not a number is false.
        return grey > 0 ? grey < byte.MaxValue ? (byte)Math.Round(grey) : byte.MaxValue : (byte)0;
    }
}
