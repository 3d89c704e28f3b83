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
        var folder = Path.Combine(Repository.Root, "experiments", "results");
        var results = ExperimentResult.ReadAll(folder);

        Assert.NotEmpty(results);
        Assert.Equal(page, ResultsPage.Fill(page, results, ComparisonResult.ReadAll(folder)));
    }

    [Fact]
    public void Fill_Results_PutsEachTableInItsPlaceAndKeepsTheWords()
    {
        const string Page = "# Title\n<!-- ladder -->\nstale\n<!-- /ladder -->\nwords\n<!-- by-patient -->\n<!-- /by-patient -->\n"
            + "<!-- patients -->\n<!-- /patients -->\n<!-- comparisons -->\n<!-- /comparisons -->\n<!-- by-slice -->\n<!-- /by-slice -->\n<!-- resubstitution -->\n<!-- /resubstitution -->\nend\n";

        ComparisonResult[] comparisons =
        [
            new(
                "a-b-fold1",
                ["a", "b"],
                [("liver", [[.9, .8], [.7, null]], "No claim: 2 patients.")],
                ["case1", "case2"],
                new Dictionary<string, string> { ["made"] = "2026-11-27" }),
        ];

        var filled = ResultsPage.Fill(Page, [Result("by-patient", .9, .5), Result("resubstitution", .99, .8)], comparisons);

        // Three patients of .9, .8 and .4; what was not run is a dash.
        Assert.Contains("| liver | .900 | – | .990 | .999 |", filled, StringComparison.Ordinal);
        Assert.Contains("| pancreas | .500 | – | .800 | .981 |", filled, StringComparison.Ordinal);
        Assert.Contains("| `organsegnet` | 3 | 40 | .900 (.800 to 1.000) | .500 |", filled, StringComparison.Ordinal);
        Assert.Contains("| `organsegnet` | .400 / .800 / .900 | – |", filled, StringComparison.Ordinal);
        Assert.Contains("<!-- by-slice -->\nNot run yet.\n<!-- /by-slice -->", filled, StringComparison.Ordinal);
        Assert.StartsWith("# Title\n", filled, StringComparison.Ordinal);
        Assert.EndsWith("\nend\n", filled, StringComparison.Ordinal);
        Assert.DoesNotContain("stale", filled, StringComparison.Ordinal);
        Assert.Contains("| organ | case1 | case2 |\n|---|---|---|\n| liver | .900 / .700 | .800 / – |", filled, StringComparison.Ordinal);
        Assert.Contains("- **liver**: No claim: 2 patients.", filled, StringComparison.Ordinal);
        Assert.Equal(filled, ResultsPage.Fill(filled, [Result("by-patient", .9, .5), Result("resubstitution", .99, .8)], comparisons));
    }

    [Fact]
    public void Fill_PageWithoutAPlace_NamesIt()
    {
        var error = Assert.Throws<InvalidDataException>(() => ResultsPage.Fill("# Title\n", [], []));
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

    [Fact]
    public void Join_FiveFolds_PoolTheirPixels()
    {
        // By hand: 80 of 100 and 100 pixels in the first patient, nothing of 10 in the second and all of 50 in each other.
        ExperimentResult[] folds = [.. Enumerable.Range(1, 5).Select(fold => Fold(fold, fold switch
        {
            1 => (.8, 100, 100),
            2 => (0, 10, 0),
            _ => (1, 50, 50),
        }))];

        var joined = Assert.Single(Folds.Join(folds));

        Assert.Equal(("unet", 5, 50), (joined.Name, joined.Patients, joined.Slices));
        var liver = Assert.Single(joined.Organs);
        Assert.Equal(230.0 / 250, liver.Precision!.Value, 1e-12);
        Assert.Equal(230.0 / 260, liver.Recall!.Value, 1e-12);
        Assert.Equal(460.0 / 510, liver.F1!.Value, 1e-12);
        Assert.Equal([.8, 0, 1, 1, 1], liver.Patients);
        Assert.True(liver.Low < liver.F1 && liver.High > liver.F1);
        Assert.Equal("2026-11-21 and 2026-11-22", joined.Machine["made"]);
    }

    [Fact]
    public void Join_FoldMissingOrWholeResultThere_LeavesThemApart()
    {
        ExperimentResult[] folds = [.. Enumerable.Range(1, 5).Select(fold => Fold(fold, (1, 10, 10)))];

        Assert.Equal(4, Folds.Join(folds[..4]).Count);
        Assert.Equal(6, Folds.Join([.. folds, folds[0] with { Name = "unet" }]).Count);
        Assert.Equal(5, Folds.Join([.. folds[..4], folds[4] with { Protocol = "by-slice" }]).Count);
    }

    private static ExperimentResult Fold(int fold, (double F1, long Reference, long Predicted) patient) => new(
        "by-patient",
        $"unet-fold{fold}",
        1,
        10,
        [new OrganResult("liver", null, null, patient.F1, null, null, [patient.F1], [patient.Reference], [patient.Predicted])],
        new Dictionary<string, string> { ["made"] = fold == 1 ? "2026-11-21" : "2026-11-22" });

    private static ExperimentResult Result(string protocol, double liver, double pancreas) => new(
        protocol,
        "organsegnet",
        3,
        40,
        [
            new OrganResult("liver", liver, liver, liver, liver - .1, Math.Min(1, liver + .1), [.9, .4, .8], [10, 10, 10], [10, 10, 10]),
            new OrganResult("pancreas", pancreas, pancreas, pancreas, null, null, [null, null, null], [0, 0, 0], [0, 0, 0]),
        ],
        new Dictionary<string, string> { ["made"] = "2026-11-26" });
}
