using OrganSeg.Experiments;
using OrganSeg.Testing;

namespace OrganSeg.Evaluator.Tests.Experiments;

/// <summary>The tables of <c>docs/results.md</c>.</summary>
public sealed class ResultsPageTests
{
    [Fact]
    public void Fill_ThePageOfTheRepository_IsWhatItsResultsSay()
    {
        var page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "results.md"));
        var results = ExperimentResult.ReadAll(Path.Combine(Repository.Root, "experiments", "results"));

        Assert.NotEmpty(results);
        Assert.Equal(page, ResultsPage.Fill(page, results));
    }

    [Fact]
    public void Fill_Results_PutsEachTableInItsPlaceAndKeepsTheWords()
    {
        const string Page = "# Title\n<!-- ladder -->\nold\n<!-- /ladder -->\nwords\n<!-- by-patient -->\n<!-- /by-patient -->\n"
            + "<!-- patients -->\n<!-- /patients -->\n<!-- by-slice -->\n<!-- /by-slice -->\n<!-- resubstitution -->\n<!-- /resubstitution -->\nend\n";

        var filled = ResultsPage.Fill(Page, [Result("by-patient", .9, .5), Result("resubstitution", .99, .8)]);

        // Three patients of .9, .8 and .4; what was not run is a dash.
        Assert.Contains("| liver | .900 | – | .990 | .999 |", filled, StringComparison.Ordinal);
        Assert.Contains("| pancreas | .500 | – | .800 | .981 |", filled, StringComparison.Ordinal);
        Assert.Contains("| `organsegnet` | 3 | 40 | .900 (.800 to 1.000) | .500 |", filled, StringComparison.Ordinal);
        Assert.Contains("| `organsegnet` | .400 / .800 / .900 | – |", filled, StringComparison.Ordinal);
        Assert.Contains("<!-- by-slice -->\nNot run yet.\n<!-- /by-slice -->", filled, StringComparison.Ordinal);
        Assert.StartsWith("# Title\n", filled, StringComparison.Ordinal);
        Assert.EndsWith("\nend\n", filled, StringComparison.Ordinal);
        Assert.DoesNotContain("old", filled, StringComparison.Ordinal);
        Assert.Equal(filled, ResultsPage.Fill(filled, [Result("by-patient", .9, .5), Result("resubstitution", .99, .8)]));
    }

    [Fact]
    public void Fill_PageWithoutAPlace_NamesIt()
    {
        var error = Assert.Throws<InvalidDataException>(() => ResultsPage.Fill("# Title\n", []));
        Assert.Contains("ladder", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Figure_Results_IsAPngThatChangesWithThem()
    {
        var one = ResultsPage.Figure([Result("by-patient", .9, .5)]);
        Assert.Equal([0x89, (byte)'P', (byte)'N', (byte)'G'], one[..4]);
        Assert.NotEqual(one, ResultsPage.Figure([Result("by-patient", .8, .5)]));
    }

    [Fact]
    public void ReadAll_DamagedReport_NamesTheFile()
    {
        var folder = Directory.CreateTempSubdirectory().FullName;
        try
        {
            var result = Directory.CreateDirectory(Path.Combine(folder, "by-patient", "unet")).FullName;
            File.WriteAllText(Path.Combine(result, "report.json"), "{\"counts\":{}}");

            var error = Assert.Throws<InvalidDataException>(() => ExperimentResult.ReadAll(folder));

            Assert.Contains(Path.Combine("unet", "report.json"), error.Message, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static ExperimentResult Result(string protocol, double liver, double pancreas) => new(
        protocol,
        "organsegnet",
        3,
        40,
        [
            new OrganResult("liver", liver, liver, liver, liver - .1, Math.Min(1, liver + .1), [.9, .4, .8]),
            new OrganResult("pancreas", pancreas, pancreas, pancreas, null, null, [null, null, null]),
        ],
        new Dictionary<string, string> { ["made"] = "2026-11-26" });
}
