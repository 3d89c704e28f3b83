using OrganSeg.Imaging;
using OrganSeg.Imaging.Phantoms;
using OrganSeg.V1;

namespace OrganSeg.Ingest.Tests;

/// <summary>Splits that share nearly equal slices: refused, or sealed and marked.</summary>
public sealed class LeakageTests
{
    private const int Slices = 4;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Import_OnePatientUnderTwoNames_IsRefusedNamingThePairs()
    {
        await using var host = await IngestHost.StartAsync(Token);

        var error = await OnePatientTwice().SendBadAsync(host, Token);

        Assert.Equal(1 + Slices, error.Violations.Count);
        Assert.Equal("split", error.Violations[0].Field);
        Assert.StartsWith(
            "leaks: 4 slices of the validation and test sides are nearly equal to slices of another side, of dora (test) and anna (train). ",
            error.Violations[0].Description,
            StringComparison.Ordinal);
        Assert.Contains("--allow-leakage", error.Violations[0].Description, StringComparison.Ordinal);
        Assert.Equal(
            Enumerable.Range(0, Slices).Select(i => $"dora dora_slice{i:000}"), error.Violations.Skip(1).Select(pair => pair.Field).Order());
        Assert.All(error.Violations.Skip(1), pair => Assert.Contains($"is nearly anna anna_slice{pair.Field[^3..]} (train), similarity 1.000.", pair.Description, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Import_LeakageAllowed_IsSealedAndRecorded()
    {
        await using var host = await IngestHost.StartAsync(Token);

        var dataset = await OnePatientTwice(header => header.AllowLeakage = true).SendAsync(host, Token);

        const string Note = "Leakage was allowed: 4 slices of the validation and test sides are nearly equal to slices of another side.";
        Assert.Equal((true, 4u, Note), (dataset.Leaky, dataset.NearDuplicates, dataset.LeakageOverride));
        var split = (await host.Catalogue.GetAsync("d", Token)).Split;
        Assert.Equal((true, 4, Note), (split.Leaky, split.NearDuplicates, split.LeakageOverride));
    }

    [Fact]
    public async Task Import_SamePatientOnOneSide_IsNoLeak()
    {
        await using var host = await IngestHost.StartAsync(Token);

        var dataset = await OnePatientTwice(header => header.SplitTable[3].Split = "train").SendAsync(host, Token);

        Assert.Equal((false, 0u, ""), (dataset.Leaky, dataset.NearDuplicates, dataset.LeakageOverride));
        Assert.Null((await host.Catalogue.GetAsync("d", Token)).Split.NearDuplicates);
    }

    // Each slice twice, as two slices of its case, so that a split by slice puts some copies on another side. Those who say that
    // they leak are only counted.
    [Fact]
    public async Task Import_BySlice_IsSealedWithTheCount()
    {
        await using var host = await IngestHost.StartAsync(Token);
        var upload = Upload.To("d", header => (header.Size, header.Split, header.Seed) = (96, SplitPolicy.Slice, 1));
        foreach (var (patient, name) in new[] { (0, "anna"), (1, "bert"), (2, "carl") })
        {
            Add(upload, patient, name, slice => slice);
            Add(upload, patient, name, slice => Noise(slice, patient), first: 100);
        }

        var dataset = await upload.SendAsync(host, Token);

        var manifest = await host.Catalogue.GetAsync("d", Token);
        var sides = manifest.Cases.SelectMany(one => one.Slices).ToDictionary(slice => slice.Name, slice => slice.Split);
        string CopyOf(string name) => name.Contains("slice1", StringComparison.Ordinal) ? name.Replace("slice1", "slice0", StringComparison.Ordinal) : name.Replace("slice0", "slice1", StringComparison.Ordinal);
        string[] order = ["train", "validation", "test"];
        var expected = sides.Count(slice => Array.IndexOf(order, sides[CopyOf(slice.Key)]) < Array.IndexOf(order, slice.Value));
        Assert.True(expected > 0, "The draw has no copy on another side.");
        Assert.True(dataset.Leaky);
        Assert.Equal("", dataset.LeakageOverride);
        // Neighbours of a phantom may be alike enough as well.
        Assert.InRange((int)dataset.NearDuplicates, expected, sides.Count);
    }

    [Fact]
    public async Task Import_Folds_AreInTheManifest()
    {
        await using var host = await IngestHost.StartAsync(Token);
        var upload = Upload.To("d", header => (header.Size, header.Folds) = (96, 2));
        foreach (var (patient, name) in new[] { (0, "anna"), (1, "bert"), (2, "carl"), (3, "dora") })
        {
            Add(upload, patient, name, slice => slice);
        }

        var dataset = await upload.SendAsync(host, Token);

        var manifest = await host.Catalogue.GetAsync("d", Token);
        Assert.Equal(2, manifest.Split.Folds);
        Assert.All(manifest.Cases, one => Assert.Equal(one.Slices[0].Split == "test", one.Fold is null));
        Assert.Equal([(1u, 2u, 8u), (2u, 1u, 4u)], dataset.Folds.Select(fold => (fold.Fold, fold.Cases, fold.Slices)));
        Assert.All(dataset.Folds, fold => Assert.InRange(fold.SlicesWith["liver"], 1u, fold.Slices));
    }

    [Theory]
    [InlineData(1u, SplitPolicy.Patient, "use 2 to 50")]
    [InlineData(51u, SplitPolicy.Patient, "use 2 to 50")]
    [InlineData(3u, SplitPolicy.Slice, "whole patients")]
    [InlineData(3u, SplitPolicy.Patient, "0 cases")]
    public async Task Import_WrongFolds_NamesThem(uint folds, SplitPolicy policy, string expected)
    {
        await using var host = await IngestHost.StartAsync(Token);

        var error = await Upload.To("d", header => (header.Folds, header.Split) = (folds, policy)).SendBadAsync(host, Token);

        Assert.Contains(error.Violations, violation => violation.Field == "folds" && violation.Description.Contains(expected, StringComparison.Ordinal));
    }

    private static Upload OnePatientTwice(Action<ImportHeader>? configure = null)
    {
        var upload = Upload.To("d", header =>
        {
            header.Size = 96;
            header.Split = SplitPolicy.Table;
            foreach (var (name, side) in new[] { ("anna", "train"), ("bert", "validation"), ("carl", "test"), ("dora", "test") })
            {
                header.SplitTable.Add(new SplitEntry { CaseId = name, Split = side });
            }

            configure?.Invoke(header);
        });
        Add(upload, 0, "anna", slice => slice);
        Add(upload, 1, "bert", slice => slice);
        Add(upload, 2, "carl", slice => slice);
        return Add(upload, 0, "dora", slice => Noise(slice, 3));
    }

    private static Upload Add(Upload upload, int patient, string name, Func<ByteImage, ByteImage> image, int first = 0)
    {
        foreach (var (slice, i) in new PhantomGenerator(11).Patient(patient, Slices, 96).Select((slice, i) => (slice, i)))
        {
            upload.Slice($"{name}_slice{first + i:000}.png", image(slice.Image), slice.Labels);
        }

        return upload;
    }

    /// <summary>Up to two grey levels of noise, on each pixel by itself.</summary>
    private static ByteImage Noise(ByteImage image, int seed)
    {
        var random = new Random(seed);
        return new ByteImage(
            image.Width, image.Height, Array.ConvertAll(image.Pixels, grey => (byte)Math.Clamp(grey + random.Next(-2, 3), 0, 255)));
    }
}
