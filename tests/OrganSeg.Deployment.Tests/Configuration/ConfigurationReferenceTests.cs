using OrganSeg.Testing;

namespace OrganSeg.Deployment.Tests.Configuration;

public sealed class ConfigurationReferenceTests
{
    /// <summary>Set to 1, the test writes the page instead of comparing it.</summary>
    private const string Accept = "ORGANSEG_ACCEPT_DOCS";

    private const string Start = "<!-- settings -->\n";
    private const string End = "\n<!-- /settings -->";

    [Fact]
    public async Task OperationsPage_Settings_AreThoseOfTheOptionsTypes()
    {
        var page = Repository.PathOf("docs", "operations.md");
        var text = await File.ReadAllTextAsync(page, TestContext.Current.CancellationToken);
        var from = text.IndexOf(Start, StringComparison.Ordinal) + Start.Length;
        var to = text.IndexOf(End, StringComparison.Ordinal);
        var expected = ConfigurationReference.Write();
        if (Environment.GetEnvironmentVariable(Accept) == "1")
        {
            await File.WriteAllTextAsync(page, text[..from] + expected + text[to..], TestContext.Current.CancellationToken);
            return;
        }

        Assert.Equal(expected, text[from..to]);
    }
}
