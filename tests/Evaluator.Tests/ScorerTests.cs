using OrganSeg.Evaluator.Metrics;
using OrganSeg.Imaging;

namespace OrganSeg.Evaluator.Tests;

/// <summary>Every expected number is computed by hand; the arithmetic stands beside it.</summary>
public sealed class ScorerTests
{
    private const double Exact = 1e-15;

    private static readonly LabelSchema TwoOrgans = new(
        [new LabelClass(0, "background"), new LabelClass(1, "liver"), new LabelClass(2, "spleen")]);

    [Fact]
    public void Organs_OneImage_CountsAndQuotients()
    {
        var scorer = Scorers.Of(TwoOrgans);

        // Liver: TP 2 (columns 0, 1), FN 1 (column 2), FP 1 (column 4). Spleen: TP 1 (column 5), FP 1 (column 2), FN 0.
        Add(scorer, "p1", "a", reference: "111002", prediction: "112012");

        var liver = scorer.Organs()[0];
        Assert.Equal(new PixelCounts(2, 1, 1, 2), liver.Counts);
        Close(2.0 / 3, liver.Pooled.Precision);
        Close(2.0 / 3, liver.Pooled.Recall);
        Close(4.0 / 6, liver.Pooled.F1);
        var spleen = scorer.Organs()[1];
        Assert.Equal(new PixelCounts(1, 1, 0, 4), spleen.Counts);
        Close(1.0 / 2, spleen.Pooled.Precision);
        Close(1, spleen.Pooled.Recall);
        Close(2.0 / 3, spleen.Pooled.F1);
    }

    [Fact]
    public void Organs_ThreeImagesOfTwoPatients_AggregationsDiffer()
    {
        var scorer = Scorers.Of(TwoOrgans);

        // Liver only.      TP FP FN   P    R    F1
        // p1 a              4  0  0   1    1    1
        // p1 b              1  1  1   1/2  1/2  2/4 = 1/2
        // p2 c              1  0  3   1    1/4  2/5
        // pooled            6  1  4   6/7  6/10 12/17
        // per image: P (1 + 1/2 + 1)/3 = 5/6; R (1 + 1/2 + 1/4)/3 = 7/12; F1 (1 + 1/2 + 2/5)/3 = 19/30
        // p1 pooled: TP 5 FP 1 FN 1: 5/6, 5/6, 10/12. p2: 1, 1/4, 2/5.
        // per patient: P (5/6 + 1)/2 = 11/12; R (5/6 + 1/4)/2 = 13/24; F1 (5/6 + 2/5)/2 = 37/60
        Add(scorer, "p1", "a", "1111", "1111");
        Add(scorer, "p1", "b", "1100", "0110");
        Add(scorer, "p2", "c", "1111", "1000");

        var liver = scorer.Organs()[0];
        Close(6.0 / 7, liver.Pooled.Precision);
        Close(6.0 / 10, liver.Pooled.Recall);
        Close(12.0 / 17, liver.Pooled.F1);
        Close(5.0 / 6, liver.PerImage.Precision);
        Close(7.0 / 12, liver.PerImage.Recall);
        Close(19.0 / 30, liver.PerImage.F1);
        Close(11.0 / 12, liver.PerPatient.Precision);
        Close(13.0 / 24, liver.PerPatient.Recall);
        Close(37.0 / 60, liver.PerPatient.F1);
        Assert.Equal(new DefinedCounts(3, 3, 3) { Nsd = 3, Distances = 3 }, liver.PerImage.Defined);
        Assert.Equal(new DefinedCounts(2, 2, 2) { Nsd = 2, Distances = 2 }, liver.PerPatient.Defined);
        Assert.Equal((2, 3), (scorer.Patients, scorer.Slices.Count));
    }

    [Fact]
    public void Organs_AbsentOrgans_UndefinedSkippedAndCounted()
    {
        var scorer = Scorers.Of(TwoOrgans);

        // Liver: a in neither map (all undefined); b predicted only (P 0/2 = 0, R undefined, F1 0/2 = 0);
        // c in the reference only (P undefined, R 0/1 = 0, F1 0); d perfect (1, 1, 1).
        // means: P (0 + 1)/2, R (0 + 1)/2, F1 (0 + 0 + 1)/3.
        Add(scorer, "p1", "a", "0000", "0000");
        Add(scorer, "p2", "b", "0000", "0110");
        Add(scorer, "p3", "c", "1000", "0000");
        Add(scorer, "p4", "d", "1100", "1100");

        var liver = scorer.Organs()[0];
        Close(1.0 / 2, liver.PerImage.Precision);
        Close(1.0 / 2, liver.PerImage.Recall);
        Close(1.0 / 3, liver.PerImage.F1);
        Assert.Equal(new DefinedCounts(2, 2, 3) { Nsd = 3, Distances = 1 }, liver.PerImage.Defined);
        Assert.Equal((1, 1), (liver.ImagesAbsentInBoth, liver.PatientsAbsentInBoth));
        // Pooled: TP 2, FP 2, FN 1.
        Close(2.0 / 4, liver.Pooled.Precision);
        Close(2.0 / 3, liver.Pooled.Recall);
        Close(4.0 / 7, liver.Pooled.F1);

        var spleen = scorer.Organs()[1];
        Assert.Equal(new OverlapScores(null, null, null) { Specificity = 1 }, spleen.Pooled);
        Assert.Equal(new MeanScores(null, null, null, new DefinedCounts(0, 0, 0)) { Specificity = 1 }, spleen.PerPatient);
        Assert.Equal(4, spleen.ImagesAbsentInBoth);
        Assert.Null(scorer.Slices[0].MeanF1);
    }

    // Liver in image a: in neither map. b: only predicted (P 0, R 0/0, F1 0). c: only in the reference (P 0/0, R 0, F1 0).
    [Theory]
    [InlineData("skip", 0.0, 0.0, 0.0, 1, 1, 2)]
    [InlineData("one-if-both-empty", 0.5, 0.5, 1.0 / 3, 2, 2, 3)]
    [InlineData("zero", 0.0, 0.0, 0.0, 3, 3, 3)]
    public void Organs_AbsencePolicies_DecideUndefinedValues(
        string name, double precision, double recall, double f1, int precisions, int recalls, int f1s)
    {
        var policy = Enum.GetValues<AbsencePolicy>().Single(policy => policy.NameOf() == name);
        var scorer = Scorers.Of(TwoOrgans, policy);
        Add(scorer, "p1", "a", "0000", "0000");
        Add(scorer, "p2", "b", "0000", "0110");
        Add(scorer, "p3", "c", "1000", "0000");

        var liver = scorer.Organs()[0];

        foreach (var mean in (MeanScores[])[liver.PerImage, liver.PerPatient])
        {
            Close(precision, mean.Precision);
            Close(recall, mean.Recall);
            Close(f1, mean.F1);
            Close(f1, mean.Nsd);
            Assert.Equal(new DefinedCounts(precisions, recalls, f1s) { Nsd = f1s, Distances = 0 }, mean.Defined);
            Assert.Null(mean.Hd95);
        }

        // Pooled, nothing is undefined: TP 0, FP 2, FN 1.
        Close(0, liver.Pooled.Precision);
        Assert.Equal((1, 1, 1, 1), (liver.ImagesAbsentInBoth, liver.PatientsAbsentInBoth, liver.ImagesMissed, liver.ImagesInvented));
        Assert.Equal(liver.PerPatient.F1, liver.Patients.Average(patient => patient.F1));
    }

    // Liver of p1: TP 2 + 1, FP 1 + 0, FN 1 + 1: IoU 3/6, similarity 1 - |2 - 1|/9; specificity: TN 2 + 2 of 5. Of p2: all 1.
    // Sizes: p1 4 predicted of 5; p2 2 of 2.
    [Fact]
    public void Organs_TwoPatients_OverlapAndSizes()
    {
        var scorer = Scorers.Of(TwoOrgans);
        Add(scorer, "p1", "a", "111000", "110010");
        Add(scorer, "p1", "b", "1100", "1000");
        Add(scorer, "p2", "c", "1100", "1100");

        var liver = scorer.Organs()[0];

        Close((0.5 + 1) / 2, liver.PerPatient.Iou);
        Close((8.0 / 9 + 1) / 2, liver.PerPatient.VolumetricSimilarity);
        Close((4.0 / 5 + 1) / 2, liver.PerPatient.Specificity);
        Close(5.0 / 8, liver.Pooled.Iou);
        Assert.Equal(("px", 2), (liver.Size!.Unit, liver.Size.Patients));
        Close(-0.5, liver.Size.MeanError);
        Close(0.5, liver.Size.MeanAbsoluteError);
        Close(-0.1, liver.Size.MeanRelativeError);
        Close(-0.5, liver.Size.Agreement!.Bias.Estimate);
    }

    [Fact]
    public void Confusion_TwoImages_RowsAreTheReference()
    {
        var scorer = Scorers.Of(TwoOrgans);

        Add(scorer, "p1", "a", "0012", "0112");
        Add(scorer, "p1", "b", "2222", "2200");

        // (0,0) 1, (0,1) 1, (1,1) 1, (2,2) 1 + 2, (2,0) 2.
        Assert.Equal([[1, 1, 0], [0, 1, 0], [2, 0, 3]], scorer.Confusion.ToRows());
    }

    [Fact]
    public void Add_UnknownClassOrOtherSize_Throws()
    {
        var scorer = Scorers.Of(TwoOrgans);

        Assert.Throws<ArgumentException>(() => Add(scorer, "p1", "a", "0000", "0300"));
        Assert.Throws<ArgumentException>(() => Add(scorer, "p1", "a", "0000", "000"));
        Assert.Empty(scorer.Slices);
    }

    private static void Add(Scorer scorer, string patient, string name, string reference, string prediction) =>
        scorer.Add(TwoOrgans, new SliceId(patient, name), Labels(reference), Labels(prediction));

    private static ByteImage Labels(string digits) => new(digits.Length, 1, [.. digits.Select(digit => (byte)(digit - '0'))]);

    private static void Close(double expected, double? actual) => Assert.Equal(expected, actual!.Value, Exact);
}
