namespace OrganSeg.Imaging.Phantoms;

/// <summary>
/// Makes abdominal CT phantoms: made-up patients with body wall, spine, ribs, vessels, gut and the four organs, each
/// different and each the same again for the same seed. They stand in for real data where none may be shipped; a
/// score reached on them says that the pipeline works, nothing about patients.
/// </summary>
/// <param name="seed">Same seed, same patients.</param>
public sealed class PhantomGenerator(ulong seed)
{
    private const int FirstOrganSlice = 200;
    private const int FirstSliceAbove = 600;

    // Distance from the last trace of an organ, both inwards and outwards.
    private const double MarginMm = 4;
    private const double NegativeMm = 45;

    /// <summary>Slices through the abdomen from the feet upwards, each showing at least one organ.</summary>
    /// <param name="index">Number of the patient, which also names the case: <c>phantom0003</c>.</param>
    /// <param name="slices">How many slices, evenly spaced from the lowest organ to the highest; at most 400.</param>
    /// <param name="size">Width and height in pixels, at least 32.</param>
    /// <returns>The slices, made one by one as they are asked for, numbered upwards from 200.</returns>
    /// <exception cref="ArgumentOutOfRangeException">An argument is outside its range.</exception>
    public IEnumerable<PhantomSlice> Patient(int index, int slices, int size = 256)
    {
        Check(index, slices, size);
        var patient = PatientOf(index);
        var (low, high) = (patient.Bottom + (4 * MarginMm), patient.DomeTop - (6 * MarginMm));
        return Enumerable.Range(0, slices).Select(i =>
            Draw(patient, index, FirstOrganSlice + i, low + ((high - low) * (i + 0.5) / slices), size));
    }

    /// <summary>Slices of the same patient without any organ, half of them below the organs and half above.</summary>
    /// <param name="index">Number of the patient.</param>
    /// <param name="slices">How many slices; at most 400.</param>
    /// <param name="size">Width and height in pixels, at least 32.</param>
    /// <returns>The slices, numbered apart from those of <see cref="Patient"/>; every label map is background.</returns>
    /// <exception cref="ArgumentOutOfRangeException">An argument is outside its range.</exception>
    public IEnumerable<PhantomSlice> Negatives(int index, int slices, int size = 256)
    {
        Check(index, slices, size);
        var patient = PatientOf(index);
        var below = slices / 2;
        var above = slices - below;
        return Enumerable.Range(0, slices).Select(i => i < below
            ? Draw(patient, index, i, patient.Bottom - MarginMm - (NegativeMm * (below - i - 0.5) / below), size)
            : Draw(
                patient,
                index,
                FirstSliceAbove + i - below,
                patient.DomeTop + MarginMm + (NegativeMm * (i - below + 0.5) / above),
                size));
    }

    private static void Check(int index, int slices, int size)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(slices);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(slices, 400);
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 32);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(size, 2048);
    }

    private static PhantomSlice Draw(PhantomPatient patient, int index, int number, double z, int size)
    {
        var canvas = new PhantomCanvas(size, patient);
        var body = new BodyPainter(patient, canvas, z);
        var organs = new OrganPainter(patient, canvas, body, z);

        // From the wall inwards: what is nearer to its final shape lies on top.
        body.PaintWall();
        body.PaintGut();
        organs.PaintLiver();
        organs.PaintSpleen();
        organs.PaintKidneys();
        organs.PaintPancreas();
        body.PaintSpine();
        var noise = PhantomRandom.For(patient.Seed, (ulong)number + 1000);
        var (image, labels) = canvas.Finish(patient.NoiseHu, noise);
        return new PhantomSlice($"phantom{index:D4}_slice{number:D3}.png", image, labels);
    }

    private PhantomPatient PatientOf(int index) => new(PhantomRandom.Mix(seed + PhantomRandom.Mix((ulong)index)));
}
