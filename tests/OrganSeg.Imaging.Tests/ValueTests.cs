using System.Text.Json;

namespace OrganSeg.Imaging.Tests;

public sealed class ValueTests
{
    [Theory]
    [InlineData("case0005_slice023.png", "case0005")]
    [InlineData("a_slice1_slice2.nii.gz", "a_slice1")]
    [InlineData("folder/case_slice7.png", "case")]
    [InlineData(@"folder\case_slice7.png", "case")]
    [InlineData("_slice7.png", "_slice7")]
    [InlineData("scan.png", "scan")]
    [InlineData("case_slice.png", "case_slice")]
    public void CaseOf_FileName_IsWhatTheRuleCaptures(string fileName, string expected) =>
        Assert.Equal(expected, SliceName.CaseOf(fileName));

    [Theory]
    [InlineData("case0005_slice023", 23L)]
    [InlineData("a_slice1_slice2.x", 2L)]
    [InlineData("case_slice", null)]
    [InlineData("scan12", null)]
    [InlineData("case_slice99999999999999999999", null)]
    public void NumberOf_SliceName_IsTheDigitsBehindTheCase(string name, long? expected) =>
        Assert.Equal(expected, SliceName.NumberOf(name));

    [Fact]
    public void Abdomen_Classes_AreThePapers()
    {
        Assert.Equal(5, LabelSchema.Abdomen.Count);
        Assert.Equal(["liver", "kidney", "spleen", "pancreas"], LabelSchema.Abdomen.Organs.Select(organ => organ.Name));
    }

    [Fact]
    public void LabelSchema_ThroughJson_IsEqual()
    {
        var copy = JsonSerializer.Deserialize<LabelSchema>(JsonSerializer.Serialize(LabelSchema.Abdomen));

        Assert.Equal(LabelSchema.Abdomen, copy);
        Assert.Equal(LabelSchema.Abdomen.GetHashCode(), copy!.GetHashCode());
    }

    [Fact]
    public void LabelSchema_GapsOrDoubleNames_IsRefused()
    {
        Assert.Throws<OrganSegException>(() => new LabelSchema([new(0, "background")]));
        Assert.Throws<OrganSegException>(() => new LabelSchema([new(0, "background"), new(2, "liver")]));
        Assert.Throws<OrganSegException>(() => new LabelSchema([new(0, "liver"), new(1, "liver")]));
        Assert.Throws<OrganSegException>(() => new LabelSchema([new(0, "background"), new(1, " ")]));
    }

    [Fact]
    public void TryFindUnknown_LabelMap_GivesTheFirstUnknownId()
    {
        Assert.False(LabelSchema.Abdomen.TryFindUnknown(new ByteImage(5, 1, [0, 1, 2, 3, 4]), out _));
        Assert.True(LabelSchema.Abdomen.TryFindUnknown(new ByteImage(3, 1, [4, 7, 9]), out var id));
        Assert.Equal(7, id);
    }

    [Fact]
    public void ByteImage_WrongLength_IsRefused()
    {
        Assert.Throws<ArgumentException>(() => new ByteImage(2, 2, new byte[3]));
        Assert.Throws<ArgumentOutOfRangeException>(() => new ByteImage(0, 2));
        Assert.Throws<ArgumentOutOfRangeException>(() => new ByteImage(2, 2).Row(2));
    }
}
