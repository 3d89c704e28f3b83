using OrganSeg.Imaging;
using OrganSeg.Ingest.Quality;
using OrganSeg.Storage;

namespace OrganSeg.Ingest.Tests.Quality;

/// <summary>What is found in drawn slices of 100×100 pixels: a body of 80×60 in the middle, organs that are squares.</summary>
public sealed class CaseExaminationTests
{
    private const int Size = 100;
    private const byte Liver = 1;
    private const byte Spleen = 3;

    [Fact]
    public void Examine_PlausibleCase_FindsNothing() =>
        Assert.Empty(Examine([.. Enumerable.Range(0, 5).Select(i => Slice(i, (Liver, 15, 30, 20), (Spleen, 70, 40, 10)))]));

    // By hand: the body's centre is at 49.5; a spleen at 15…24 is 30 pixels to its left, a liver at 65…84 as far to its right.
    [Fact]
    public void Examine_MirroredCase_NamesBothOrgansOnce()
    {
        var findings = Examine([.. Enumerable.Range(0, 5).Select(i => Slice(i, (Spleen, 15, 30, 10), (Liver, 65, 40, 20)))]);

        var finding = Assert.Single(findings);
        Assert.Equal(("wrong-side", Severity.Warning, 2), (finding.Code, finding.Severity, finding.Count));
        Assert.Equal(["anna: liver", "anna: spleen"], finding.Examples);
    }

    [Theory]
    [InlineData("left kidney", 20, true)]
    [InlineData("left kidney", 70, false)]
    [InlineData("kidney_right", 20, false)]
    [InlineData("kidney_right", 70, true)]
    [InlineData("pancreas", 20, false)]
    [InlineData("leftover", 20, false)]
    public void Examine_OrganWhoseNameSaysTheSide_IsHeldToIt(string organ, int left, bool wrong)
    {
        var schema = new LabelSchema([new LabelClass(0, "background"), new LabelClass(1, organ)]);

        Assert.Equal(wrong, Examine([Slice(0, (1, left, 40, 10))], schema).Count == 1);
    }

    // Of 200×200 pixels a ten-thousandth is 4, which 2×2 are not below.
    [Fact]
    public void Examine_OrganOfFewPixels_IsANote()
    {
        var findings = Examine([Slice(0, (Liver, 30, 50, 1)), Slice(1, (Liver, 30, 50, 2))], size: 200);

        var finding = Assert.Single(findings);
        Assert.Equal(("tiny-label", Severity.Note, 1), (finding.Code, finding.Severity, finding.Count));
        Assert.Equal("anna anna_slice000: liver, 1 px", Assert.Single(finding.Examples));
    }

    // The body begins at column 10: of a square at 0…19, half is outside.
    [Fact]
    public void Examine_LabelInTheAir_IsAWarningWithPixels()
    {
        var finding = Assert.Single(Examine([Slice(0, (Liver, 0, 40, 20))]));

        Assert.Equal(("outside-body", Severity.Warning), (finding.Code, finding.Severity));
        Assert.Equal("anna anna_slice000: liver, 200 of 400 px", Assert.Single(finding.Examples));
    }

    [Fact]
    public void Examine_LabelOnAirWithinTheBody_IsInside()
    {
        var slice = Slice(0, (Liver, 15, 40, 20));
        for (var y = 42; y < 58; y++)
        {
            slice.Image.Row(y)[17..33].Clear();
        }

        Assert.Empty(Examine([slice]));
    }

    [Fact]
    public void Examine_OrganGoneInOneSlice_IsAGap()
    {
        var findings = Examine([Slice(7, (Liver, 15, 30, 15)), Slice(8), Slice(9, (Liver, 15, 30, 15)), Slice(11), Slice(12, (Liver, 15, 30, 14))]);

        var finding = Assert.Single(findings, finding => finding.Code == "gap");
        Assert.Equal("anna anna_slice008: liver", Assert.Single(finding.Examples));
    }

    // 22² less 10² are 384 pixels of 10 000, and more than three times as many; 20² and 15² are not. Without numbers there is no next slice.
    [Fact]
    public void Examine_AreaOfTheNextSlice_JumpsOnlyBeyondTwoPercentAndThreefold()
    {
        var findings = Examine([Slice(1, (Liver, 15, 30, 15)), Slice(2, (Liver, 15, 30, 20)), Slice(5, (Liver, 15, 30, 10)), Slice(6, (Liver, 15, 30, 22))]);

        var finding = Assert.Single(findings);
        Assert.Equal(("area-jump", Severity.Note), (finding.Code, finding.Severity));
        Assert.Equal("anna anna_slice006: liver, 100 to 484 px", Assert.Single(finding.Examples));
        Assert.Empty(Examine([Slice(0, (Liver, 15, 30, 10)) with { Name = "a" }, Slice(1, (Liver, 15, 30, 22)) with { Name = "b" }]));
    }

    [Fact]
    public void Examine_VanishedLabelAndBlankImage_AreNamed()
    {
        var blank = Slice(1) with { Image = new ByteImage(Size, Size), Negative = true };

        var findings = Examine([Slice(0) with { Negative = false }, blank]);

        Assert.Equal(["vanished-label", "blank-image"], findings.Select(finding => finding.Code));
        Assert.Equal(["anna anna_slice000", "anna anna_slice001"], findings.SelectMany(finding => finding.Examples));
    }

    [Fact]
    public void RepeatedImages_EqualPixels_NameTheFirst()
    {
        var findings = new Findings();
        var repeated = new RepeatedImages(findings);
        var image = Slice(0).Image;
        image.Pixels[5050] = 77;

        foreach (var (name, slice) in new[] { ("anna", Slice(0)), ("anna", Slice(1) with { Image = image }), ("bert", Slice(2)) })
        {
            repeated.Add(name, Facts(slice, LabelSchema.Abdomen));
        }

        Assert.Equal("bert anna_slice002 is anna anna_slice000", Assert.Single(Assert.Single(findings.All).Examples));
        Assert.Equal(["anna_slice002"], findings.TakeDoubtful());
        Assert.Empty(findings.TakeDoubtful());
    }

    [Fact]
    public void Findings_ManyOfAKind_CountsAllAndKeepsTwenty()
    {
        var findings = new Findings();
        findings.Add("other", Severity.Note, "A note.");
        for (var i = 0; i < 30; i++)
        {
            findings.Add("kind", Severity.Warning, "A warning.", $"{i}");
        }

        Assert.Equal([("kind", 30, 20), ("other", 1, 0)], findings.All.Select(finding => (finding.Code, finding.Count, finding.Examples.Count)));
    }

    private static IReadOnlyList<Finding> Examine(IReadOnlyList<CaseSlice> slices, LabelSchema? schema = null, int size = Size)
    {
        var findings = new Findings();
        new CaseExamination(schema ?? LabelSchema.Abdomen, size, findings)
            .Examine("anna", [.. slices.Select(slice => Facts(slice, schema ?? LabelSchema.Abdomen))]);
        return findings.All;
    }

    private static ExaminedSlice Facts(CaseSlice slice, LabelSchema schema) =>
        new(slice, SliceFacts.Of(slice.Image, slice.Labels, schema.Count));

    private static CaseSlice Slice(int number, params (byte Id, int Left, int Top, int Side)[] organs)
    {
        var (image, labels) = (new ByteImage(Size, Size), new ByteImage(Size, Size));
        for (var y = 20; y < 80; y++)
        {
            image.Row(y)[10..90].Fill(100);
        }

        foreach (var (id, left, top, side) in organs)
        {
            for (var y = top; y < top + side; y++)
            {
                labels.Row(y)[left..(left + side)].Fill(id);
            }
        }

        return new CaseSlice($"anna_slice{number:000}", "train", Size, Size, Negative: organs.Length == 0, image, labels);
    }
}
