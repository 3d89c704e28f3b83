namespace OrganSeg.Imaging.Phantoms;

/// <summary>Smooth random texture in space: random values at lattice points, blended in between; −1…1.</summary>
internal sealed class ValueNoise(ulong seed, double gridMm)
{
    private readonly double _scale = 1 / gridMm;

    public double At(double x, double y, double z)
    {
        var (ix, fx) = Split(x * _scale);
        var (iy, fy) = Split(y * _scale);
        var (iz, fz) = Split(z * _scale);
        var near = Blend(Layer(ix, iy, iz, fx), Layer(ix, iy + 1, iz, fx), fy);
        var far = Blend(Layer(ix, iy, iz + 1, fx), Layer(ix, iy + 1, iz + 1, fx), fy);
        return Blend(near, far, fz);
    }

    private static (long Cell, double Weight) Split(double value)
    {
        var cell = Math.Floor(value);
        var part = value - cell;
        return ((long)cell, part * part * (3 - (2 * part)));
    }

    private static double Blend(double a, double b, double weight) => a + ((b - a) * weight);

    private double Layer(long x, long y, long z, double weight) => Blend(Corner(x, y, z), Corner(x + 1, y, z), weight);

    private double Corner(long x, long y, long z)
    {
        var hash = PhantomRandom.Mix(
            seed ^ ((ulong)x * 0x8DA6B343) ^ ((ulong)y * 0xD8163841UL << 11) ^ ((ulong)z * 0xCB1AB31FUL << 23));
        return ((hash >> 11) * (2.0 / (1UL << 53))) - 1;
    }
}
