namespace OrganSeg.Imaging.Phantoms;

/// <summary>
/// Everything in which one made-up patient differs from the next. Lengths are millimetres of a standard body whose
/// abdominal cavity is 260 wide and 172 deep; <see cref="Wide"/> and <see cref="Deep"/> stretch it. z rises towards the
/// head; the kidneys begin near 0 and the liver's dome ends near 200.
/// </summary>
internal sealed class PhantomPatient
{
    public PhantomPatient(ulong seed)
    {
        Seed = seed;
        var body = PhantomRandom.For(seed, 1);
        Wide = body.Range(0.88, 1.12);
        Deep = body.Range(0.9, 1.15);
        FatMm = body.Range(6, 26);
        TurnDegrees = body.Range(-5, 5);
        OffsetX = body.Range(-10, 10);
        OffsetY = body.Range(-8, 8);
        FieldMm = ((Math.Max(Wide, Deep * 0.85) * 2 * (146 + FatMm)) + body.Range(8, 36)) * body.Range(1, 1.04);
        NoiseHu = body.Range(5, 11);

        var tissue = PhantomRandom.For(seed, 2);
        Contrast = tissue.Uniform() < 0.08 ? tissue.Range(0.1, 0.3) : tissue.Range(0.45, 1);
        LiverHu = 56 + (Contrast * 24) + tissue.Range(-8, 8);
        SpleenHu = 48 + (Contrast * 108) + tissue.Range(-8, 8);
        KidneyHu = 33 + (Contrast * 180) + tissue.Range(-10, 10);
        PancreasHu = 42 + (Contrast * 80) + tissue.Range(-6, 6);
        VesselHu = 44 + (Contrast * 150) + tissue.Range(-10, 10);
        MuscleHu = 48 + (Contrast * 8) + tissue.Range(-6, 6);
        FatHu = tissue.Range(-112, -92);
        BoneHu = tissue.Range(170, 290);

        var organs = PhantomRandom.For(seed, 3);
        var liverSize = organs.Range(0.9, 1.08);
        var liverShift = organs.Range(-6, 6);
        RightLobe = new Ellipsoid(
            -70 + organs.Range(-4, 4), -4 + liverShift, 112, 64 * liverSize, 78 * liverSize, organs.Range(82, 96));
        LeftLobe = new Ellipsoid(
            -14 + organs.Range(-12, 10), -50 + liverShift, 132 + organs.Range(-10, 8),
            organs.Range(50, 70), organs.Range(24, 33), organs.Range(42, 54), organs.Range(-10, 6));
        Kidneys =
        [
            Kidney(organs, -1, organs.Range(44, 62)),
            Kidney(organs, 1, organs.Range(54, 72)),
        ];
        Spleen = new Ellipsoid(
            92 + organs.Range(-5, 5), 24 + organs.Range(-9, 9), 122 + organs.Range(-10, 10),
            organs.Range(32, 39), organs.Range(52, 64), organs.Range(54, 66), -organs.Range(14, 32));
        Stomach = new Ellipsoid(
            48 + organs.Range(-8, 8), -36 + organs.Range(-8, 8), 146 + organs.Range(-8, 8),
            organs.Range(32, 46), organs.Range(24, 36), organs.Range(46, 62), organs.Range(-25, 25));
        StomachHu = organs.Uniform() < 0.3 ? organs.Range(120, 220) : organs.Range(8, 38);
        Pancreas = Tube(organs);
        LiverWave = Wave.Sample(organs, 0.045);
        SpleenWave = Wave.Sample(organs, 0.06);
        KidneyWave = Wave.Sample(organs, 0.05);
        StomachWave = Wave.Sample(organs, 0.08);
        Gut = GutLoops(PhantomRandom.For(seed, 4));
        Coarse = new ValueNoise(PhantomRandom.Mix(seed + 5), 17);
        Fine = new ValueNoise(PhantomRandom.Mix(seed + 6), 6);
        DomeTop = RightLobe.Z + (RightLobe.RadiusZ * 0.97);
        Bottom = Math.Min(Kidneys.Min(kidney => kidney.Z - kidney.RadiusZ), RightLobe.Z - RightLobe.RadiusZ);
    }

    public ulong Seed { get; }

    /// <summary>Side of the square picture.</summary>
    public double FieldMm { get; }

    public double Wide { get; }

    public double Deep { get; }

    public double FatMm { get; }

    public double TurnDegrees { get; }

    public double OffsetX { get; }

    public double OffsetY { get; }

    public double NoiseHu { get; }

    /// <summary>
    /// How much contrast agent is in the blood: 0 none, 1 a strong pancreatic phase, in which kidneys, spleen and
    /// pancreas have taken up more of it than the liver.
    /// </summary>
    public double Contrast { get; }

    public double LiverHu { get; }

    public double SpleenHu { get; }

    public double KidneyHu { get; }

    public double PancreasHu { get; }

    public double VesselHu { get; }

    public double MuscleHu { get; }

    public double FatHu { get; }

    public double BoneHu { get; }

    public double StomachHu { get; }

    public Ellipsoid RightLobe { get; }

    public Ellipsoid LeftLobe { get; }

    public IReadOnlyList<Ellipsoid> Kidneys { get; }

    public Ellipsoid Spleen { get; }

    public Ellipsoid Stomach { get; }

    public IReadOnlyList<TubePoint> Pancreas { get; }

    public IReadOnlyList<GutLoop> Gut { get; }

    public Wave LiverWave { get; }

    public Wave SpleenWave { get; }

    public Wave KidneyWave { get; }

    public Wave StomachWave { get; }

    public ValueNoise Coarse { get; }

    public ValueNoise Fine { get; }

    /// <summary>Above this height there is no organ.</summary>
    public double DomeTop { get; }

    /// <summary>Below this height there is no organ.</summary>
    public double Bottom { get; }

    private static Ellipsoid Kidney(PhantomRandom random, int side, double z) => new(
        side * (60 + random.Range(-5, 6)), 40 + random.Range(-6, 6), z,
        random.Range(26, 31), random.Range(30, 36), random.Range(54, 64), side * random.Range(8, 34));

    // From the head beside the duodenum over the spine to the tail at the spleen, rising on the way.
    private static List<TubePoint> Tube(PhantomRandom random)
    {
        var size = random.Range(1.2, 1.42);
        var (shiftY, shiftZ, bend, rise) =
            (random.Range(-6, 6), random.Range(-8, 8), random.Range(-5, 7), random.Range(0.8, 1.4));
        return
        [
            At(-36, 12, -20, 12),
            At(-32, 4, -10, 15),
            At(-12, -9 - (bend / 2), -3, 11),
            At(18, -13 - bend, 3, 11.5),
            At(44, -1 - (bend / 2), 10, 11.5),
            At(66, 14, 17, 10.5),
        ];

        TubePoint At(double x, double y, double z, double radius) => new(
            x + random.Range(-3, 3), y + shiftY + random.Range(-2, 2), 94 + shiftZ + (z * rise), radius * size);
    }

    private static List<GutLoop> GutLoops(PhantomRandom random)
    {
        var loops = new List<GutLoop>
        {
            Loop(-97, 22, -30, 20, 95),
            Loop(100, 26, -20, 15, 95),
        };
        for (var i = 0; i < 34; i++)
        {
            loops.Add(Loop(
                random.Range(-85, 90), random.Range(-72, 8), random.Range(-95, 88), random.Range(10, 19),
                random.Range(16, 32)));
        }

        return loops;

        GutLoop Loop(double x, double y, double z, double radius, double radiusZ) => new(
            new Ellipsoid(x, y, z, radius * random.Range(1, 1.5), radius, radiusZ, random.Range(-60, 60)),
            random.Uniform() switch { < 0.2 => random.Range(140, 240), < 0.5 => -20, _ => random.Range(10, 45) },
            random.Uniform() < 0.25);
    }
}

/// <summary>A point of a tube's centre line and the tube's radius there.</summary>
internal readonly record struct TubePoint(double X, double Y, double Z, double Radius);

/// <summary>A piece of bowel: contents in HU, and whether gas floats on them.</summary>
internal readonly record struct GutLoop(Ellipsoid Shape, double ContentsHu, bool HasGas);
