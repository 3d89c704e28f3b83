using OrganSeg.Imaging;
using OrganSeg.Storage;
using OrganSeg.Trainer.Specifications;
using OrganSeg.Trainer.Training;

namespace OrganSeg.Trainer.Tests.Support;

/// <summary>Slices of 32×32 pixels on which a network learns within seconds: each organ is a square of its own grey.</summary>
internal static class TinyData
{
    public const int Size = 32;

    public static RunSpecification Specification { get; } = SpecificationReader.Read(
        "tiny",
        "organsegnet",
        "tiny-model",
        new Dictionary<string, string>
        {
            ["width"] = "4",
            ["batchSize"] = "4",
            ["epochs"] = "3",
            ["learningRate"] = "0.01",
            ["seed"] = "7",
        });

    /// <summary>Terms and credits of the dataset.</summary>
    public const string Notice = "Drawn for a test.";

    public static (ByteImage Image, ByteImage Labels) Slice(int seed)
    {
        var random = new SeededRandom((ulong)seed);
        var image = new byte[Size * Size];
        var labels = new byte[Size * Size];
        for (var i = 0; i < image.Length; i++)
        {
            image[i] = (byte)random.NextInt(16);
        }

        for (byte organ = 1; organ <= 4; organ++)
        {
            // Each organ keeps to a quarter of the slice.
            var top = 16 * ((organ - 1) / 2) + 1 + random.NextInt(4);
            var left = 16 * ((organ - 1) % 2) + 1 + random.NextInt(4);
            for (var y = top; y < top + 10; y++)
            {
                for (var x = left; x < left + 10; x++)
                {
                    image[y * Size + x] = (byte)(40 + 45 * organ + random.NextInt(16));
                    labels[y * Size + x] = organ;
                }
            }
        }

        return (new ByteImage(Size, Size, image), new ByteImage(Size, Size, labels));
    }

    public static SliceSet Slices(int count, int firstSeed = 0, long memoryLimit = long.MaxValue)
    {
        var set = SliceSet.Create(count, Size, memoryLimit);
        for (var i = 0; i < count; i++)
        {
            var (image, labels) = Slice(firstSeed + i);
            set.Put(i, image, labels);
        }

        return set;
    }

    /// <summary>Seals the dataset <c>tiny</c>: two training cases of four slices and one of the other split.</summary>
    public static async Task<DatasetManifest> SealAsync(
        IObjectStore store, string otherSplit, CancellationToken cancellationToken)
    {
        var catalogue = new DatasetCatalogue(store, TimeProvider.System);
        await using var writer = await catalogue.BeginAsync(
            "tiny",
            Size,
            LabelSchema.Abdomen,
            new PreprocessingRecipe { Size = Size },
            new DatasetSplit { Policy = "patient", Leaky = false, Seed = 1 },
            Notice,
            cancellationToken);
        for (var patient = 0; patient < 3; patient++)
        {
            var split = patient == 2 ? otherSplit : "train";
            var slices = Enumerable.Range(0, 4).Select(i =>
            {
                var (image, labels) = Slice(10 * patient + i);
                return new CaseSlice($"p{patient}_slice{i}", split, Size, Size, false, image, labels);
            });
            await writer.AddCaseAsync($"p{patient}", [.. slices], cancellationToken);
        }

        return await writer.SealAsync(cancellationToken);
    }
}
