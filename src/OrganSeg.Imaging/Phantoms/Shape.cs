namespace OrganSeg.Imaging.Phantoms;

/// <summary>
/// A region of one slice: <paramref name="Depth"/> gives about how many millimetres a point lies inside (negative:
/// outside); nothing of it is farther from the centre than <paramref name="Reach"/>.
/// </summary>
internal sealed record Shape(double X, double Y, double Reach, Func<double, double, double> Depth)
{
    /// <summary>An ellipse turned by an angle, its outline waved when <paramref name="wave"/> is given.</summary>
    public static Shape Ellipse(
        double x, double y, double radiusX, double radiusY, double degrees = 0, Wave? wave = null)
    {
        var (sin, cos) = Math.SinCos(degrees * Math.PI / 180);
        return new Shape(x, y, (Math.Max(radiusX, radiusY) * 1.25) + 2, (px, py) =>
        {
            var (dx, dy) = (px - x, py - y);
            var u = ((dx * cos) + (dy * sin)) / radiusX;
            var v = ((dy * cos) - (dx * sin)) / radiusY;
            var radius = Math.Sqrt((u * u) + (v * v));
            if (radius < 1e-6)
            {
                return Math.Min(radiusX, radiusY);
            }

            var gradient = Math.Sqrt((u * u / (radiusX * radiusX)) + (v * v / (radiusY * radiusY))) / radius;

            // The wave only matters near the outline, and it is by far the slowest part.
            var edge = wave is { } w && Math.Abs(radius - 1) < 0.4 ? 1 + w.At(Math.Atan2(v, u)) : 1;
            return (edge - radius) / gradient;
        });
    }

    /// <summary>The section at height z of an ellipsoid; null where it has none.</summary>
    public static Shape? Ellipsoid(Ellipsoid e, double z, Wave? wave = null)
    {
        var t = (z - e.Z) / e.RadiusZ;
        if (Math.Abs(t) >= 1)
        {
            return null;
        }

        var k = Math.Sqrt(1 - (t * t));
        return Ellipse(e.X, e.Y, e.RadiusX * k, e.RadiusY * k, e.Degrees, wave);
    }

    /// <summary>A wider ellipse-like outline with flatter sides, as bodies have.</summary>
    public static Shape Barrel(double x, double y, double radiusX, double radiusY) =>
        new(x, y, Math.Max(radiusX, radiusY) * 1.3, (px, py) =>
        {
            var u = Square((px - x) / radiusX);
            var v = Square((py - y) / radiusY);
            return (1 - Math.Sqrt(Math.Sqrt((u * u) + (v * v) + (1.2 * u * v)))) * Math.Min(radiusX, radiusY);
        });

    public Shape And(Func<double, double, double> other) =>
        this with { Depth = (x, y) => Math.Min(Depth(x, y), other(x, y)) };

    public Shape Without(Shape? other) =>
        other is null ? this : this with { Depth = (x, y) => Math.Min(Depth(x, y), -other.Depth(x, y)) };

    /// <summary>Joins two regions with a rounded seam.</summary>
    public Shape Join(Shape? other, double roundMm)
    {
        if (other is null)
        {
            return this;
        }

        var distance = Math.Sqrt(Square(X - other.X) + Square(Y - other.Y));
        return new Shape(X, Y, Math.Max(Reach, distance + other.Reach), (x, y) =>
        {
            var (a, b) = (Depth(x, y), other.Depth(x, y));
            var overlap = Math.Max(roundMm - Math.Abs(a - b), 0) / roundMm;
            return Math.Max(a, b) + (overlap * overlap * roundMm / 4);
        });
    }

    /// <summary>The same region with its edge moved outwards.</summary>
    public Shape Grown(double mm) => this with { Reach = Reach + mm, Depth = (x, y) => Depth(x, y) + mm };

    private static double Square(double value) => value * value;
}

/// <summary>An ellipsoid with a vertical axis; sections are turned by an angle.</summary>
internal readonly record struct Ellipsoid(
    double X, double Y, double Z, double RadiusX, double RadiusY, double RadiusZ, double Degrees = 0);

/// <summary>Small harmonics that keep outlines from being ellipses.</summary>
internal readonly record struct Wave(
    double Second, double SecondPhase, double Third, double ThirdPhase, double Fifth, double FifthPhase)
{
    public static Wave Sample(PhantomRandom random, double size) => new(
        random.Range(0, size), random.Range(0, 6.28), random.Range(0, size), random.Range(0, 6.28),
        random.Range(0, size / 2), random.Range(0, 6.28));

    /// <summary>The wave of another slice: the phases drift with height.</summary>
    public Wave Turned(double radians) => this with
    {
        SecondPhase = SecondPhase + radians,
        ThirdPhase = ThirdPhase - radians,
        FifthPhase = FifthPhase + (2 * radians),
    };

    public double At(double angle) =>
        (Second * Math.Cos((2 * angle) + SecondPhase)) + (Third * Math.Cos((3 * angle) + ThirdPhase))
        + (Fifth * Math.Cos((5 * angle) + FifthPhase));
}
