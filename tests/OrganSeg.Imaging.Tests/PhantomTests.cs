using OrganSeg.Imaging.Phantoms;

namespace OrganSeg.Imaging.Tests;

public sealed class PhantomTests
{
    private const int Size = 96;

    [Fact]
    public void Patient_SameSeed_IsTheSameAgain()
    {
        var first = new PhantomGenerator(5).Patient(3, 4, Size).ToList();
        var second = new PhantomGenerator(5).Patient(3, 4, Size).ToList();

        Assert.All(first.Zip(second), pair =>
        {
            Assert.Equal(pair.First.FileName, pair.Second.FileName);
            Assert.Equal(pair.First.Image.Pixels, pair.Second.Image.Pixels);
            Assert.Equal(pair.First.Labels.Pixels, pair.Second.Labels.Pixels);
        });
    }

    [Fact]
    public void Patient_OtherSeedOrIndex_IsAnother()
    {
        var slice = new PhantomGenerator(5).Patient(3, 1, Size).Single();

        Assert.NotEqual(slice.Labels.Pixels, new PhantomGenerator(6).Patient(3, 1, Size).Single().Labels.Pixels);
        Assert.NotEqual(slice.Labels.Pixels, new PhantomGenerator(5).Patient(4, 1, Size).Single().Labels.Pixels);
    }

    [Fact]
    public void Patient_FileNames_GiveTheCase()
    {
        var generator = new PhantomGenerator(5);
        var names = generator.Patient(12, 3, Size).Concat(generator.Negatives(12, 4, Size))
            .Select(slice => slice.FileName).ToList();

        Assert.All(names, name => Assert.Equal("phantom0012", SliceName.CaseOf(name)));
        Assert.Equal(names.Count, names.Distinct().Count());
    }

    [Fact]
    public void Patient_ManyPatients_HasEveryOrganInItsPlace()
    {
        var generator = new PhantomGenerator(11);
        for (var patient = 0; patient < 12; patient++)
        {
            var slices = generator.Patient(patient, 16, Size).ToList();

            Assert.All(slices, slice => Assert.Contains(slice.Labels.Pixels, id => id != 0));
            Assert.All(slices, slice => Assert.False(LabelSchema.Abdomen.TryFindUnknown(slice.Labels, out _)));

            // Places are fractions of the picture; radiological view, the patient's right on the left.
            Assert.InRange(MeanX(slices, 1), 0.2, 0.45);
            Assert.InRange(MeanX(slices, 2), 0.4, 0.6);
            Assert.InRange(MeanX(slices, 3), 0.6, 0.85);
            Assert.InRange(MeanX(slices, 4), 0.4, 0.65);
            var shares = Shares(slices);
            Assert.True(shares[1] > shares[2] && shares[1] > shares[3] && shares[3] > 0 && shares[2] > shares[4]);

            // The pancreas is in several slices and not a line in those.
            Assert.InRange(slices.Count(slice => slice.Labels.Pixels.Count(id => id == 4) > 20), 2, 12);
        }
    }

    [Fact]
    public void Patient_Organs_AreNotTellableByGreyAlone()
    {
        var slices = Enumerable.Range(0, 6).SelectMany(i => new PhantomGenerator(2).Patient(i, 12, Size)).ToList();
        var histograms = new int[5, 256];
        foreach (var slice in slices)
        {
            for (var i = 0; i < slice.Labels.Pixels.Length; i++)
            {
                histograms[slice.Labels.Pixels[i], slice.Image.Pixels[i]]++;
            }
        }

        // The best any threshold could do: call each grey value by its most frequent class.
        for (var organ = 1; organ < 5; organ++)
        {
            var (found, called, all) = (0, 0, 0);
            for (var grey = 0; grey < 256; grey++)
            {
                var column = Enumerable.Range(0, 5).Select(id => histograms[id, grey]).ToArray();
                all += column[organ];
                if (column.Max() == column[organ] && column[organ] > 0)
                {
                    found += column[organ];
                    called += column.Sum();
                }
            }

            Assert.InRange(2.0 * found / (called + all), 0, 0.75);
        }
    }

    [Fact]
    public void Patient_Greys_AreLikeTheWindowOfCt()
    {
        var slices = new PhantomGenerator(4).Patient(0, 5, 128).ToList();

        Assert.All(slices, slice =>
        {
            Assert.Equal(0, slice.Image.Pixels[0]);
            Assert.InRange(slice.Image.Pixels.Count(grey => grey == 0), 128 * 128 / 5, 128 * 128 * 4 / 5);
            Assert.Contains(slice.Image.Pixels, grey => grey == 255);
        });
    }

    [Fact]
    public void Negatives_AnyPatient_HaveNoOrgan()
    {
        var generator = new PhantomGenerator(8);

        Assert.All(
            Enumerable.Range(0, 6).SelectMany(i => generator.Negatives(i, 6, Size)),
            slice => Assert.All(slice.Labels.Pixels, id => Assert.Equal(0, id)));
    }

    [Fact]
    public void Patient_ArgumentOutOfRange_IsRefused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new PhantomGenerator(1).Patient(-1, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new PhantomGenerator(1).Patient(0, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new PhantomGenerator(1).Negatives(0, 401));
        Assert.Throws<ArgumentOutOfRangeException>(() => new PhantomGenerator(1).Patient(0, 1, 16));
    }

    private static double MeanX(List<PhantomSlice> slices, byte organ)
    {
        var columns = slices.SelectMany(slice =>
            Enumerable.Range(0, Size * Size).Where(i => slice.Labels.Pixels[i] == organ).Select(i => i % Size));
        return columns.Average() / Size;
    }

    private static double[] Shares(List<PhantomSlice> slices) =>
        [.. Enumerable.Range(0, 5).Select(id => slices.Average(slice => slice.Labels.Pixels.Count(p => p == id)))];
}
