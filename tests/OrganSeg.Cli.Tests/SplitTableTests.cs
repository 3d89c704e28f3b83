using OrganSeg.Cli.Files;

namespace OrganSeg.Cli.Tests;

public sealed class SplitTableTests
{
    [Fact]
    public void Parse_FileAndCaseColumns_FileDecides()
    {
        var entries = SplitTable.Parse("file,case,slice,split\r\na_slice1.png,a,1,train\r\na_slice2.png,a,2,test\r\n", "s.csv");

        Assert.Equal([("a_slice1.png", "", "train"), ("a_slice2.png", "", "test")], entries.Select(e => (e.File, e.CaseId, e.Split)));
    }

    [Fact]
    public void Parse_CaseColumnInAnyOrder_GivesCases()
    {
        var entries = SplitTable.Parse("Split, Case\nvalidation, p1 \n\ntrain,p2", "s.csv");

        Assert.Equal([("p1", "validation"), ("p2", "train")], entries.Select(e => (e.CaseId, e.Split)));
    }

    [Fact]
    public void Parse_QuotedFields_AreUnquoted()
    {
        var entries = SplitTable.Parse("case,note,split\n\"p, \"\"one\"\"\",\"two\nlines\",test\n", "s.csv");

        Assert.Equal(("p, \"one\"", "test"), (entries[0].CaseId, entries[0].Split));
    }

    [Theory]
    [InlineData("case,group\np,train\n", "line 1")]
    [InlineData("", "line 1")]
    [InlineData("case,split\n", "no line below")]
    [InlineData("case,split\np,train\nq,val\n", "line 3: 'val' is no split")]
    [InlineData("case,split\np\n", "line 2: '' is no split")]
    [InlineData("case,split\n,train\n", "line 2: no case")]
    [InlineData("case,split\np,train\np,test\n", "line 3: p is in train already (line 2)")]
    [InlineData("case,note,split\np,\"a\nb\",train\nq,,what\n", "line 4: 'what'")]
    [InlineData("case,split\n\"p,train\n", "line 2: a quoted field does not end")]
    [InlineData("case,split\n\"p\"x,train\n", "line 2: text after")]
    [InlineData("case,split\np\"x,train\n", "line 2: a quote inside")]
    public void Parse_WrongTable_NamesTheLine(string text, string expected)
    {
        var error = Assert.Throws<OrganSegException>(() => SplitTable.Parse(text, "s.csv"));

        Assert.Equal(ErrorKind.Invalid, error.Kind);
        Assert.Contains("s.csv", error.Message);
        Assert.Contains(expected, error.Message);
    }

    [Fact]
    public void Parse_SeveralWrongLines_NamesEach()
    {
        var error = Assert.Throws<OrganSegException>(() => SplitTable.Parse("case,split\np,a\nq,b\n", "s.csv"));

        Assert.Equal(2, error.Violations.Count);
    }

    [Fact]
    public async Task Read_MissingFile_IsMissing()
    {
        var error = await Assert.ThrowsAsync<OrganSegException>(
            () => SplitTable.ReadAsync(Path.Combine(Path.GetTempPath(), "no-such-split.csv"), TestContext.Current.CancellationToken));

        Assert.Equal(ErrorKind.Missing, error.Kind);
    }
}
