using System.Text.RegularExpressions;

namespace OrganSeg.Architecture.Tests;

/// <summary>Rules that hold for every file.</summary>
public sealed partial class RepositoryTests
{
    private const int MaxProgramLines = 19;

    private static readonly string[] TextExtensions =
    [
        "", ".cs", ".csproj", ".css", ".editorconfig", ".gitattributes", ".gitignore", ".html", ".js", ".json", ".md",
        ".props", ".proto", ".ps1", ".py", ".sh", ".sln", ".svg", ".targets", ".txt", ".xml", ".yaml", ".yml",
    ];

    [Theory]
    [InlineData("Ingest")]
    [InlineData("Trainer")]
    [InlineData("Inference")]
    [InlineData("Evaluator")]
    public void Program_OfAService_IsShort(string service)
    {
        var lines = Repository.Read($"services/{service}/Program.cs").TrimEnd().Split('\n');

        Assert.InRange(lines.Length, 1, MaxProgramLines);
    }

    [Fact]
    public void Projects_All_AreInTheSolution()
    {
        var solution = Repository.Read(Repository.Solution).Replace('\\', '/');

        Assert.DoesNotContain(
            Repository.Projects, project => !solution.Contains($"\"{project.Path}\"", StringComparison.Ordinal));
    }

    [Fact]
    public void Projects_All_HaveALockFile() => Assert.DoesNotContain(
        Repository.Projects,
        project => !Repository.Files.Contains(Regex.Replace(project.Path, "[^/]+$", "packages.lock.json")));

    [Fact]
    public void Files_OutsideTests_NameNoPathOfOneMachine() =>
        Assert.Empty(Matches(MachinePath(), file => !file.StartsWith("tests/", StringComparison.Ordinal)));

    // A feed or a registry is the business of the machine that builds, and often a mirror.
    [Fact]
    public void Files_All_NameNoRegistry() => Assert.Empty(Matches(RegistryHost(), _ => true));

    [Fact]
    public void Files_All_LeaveNothingForLater() => Assert.Empty(Matches(Unfinished(), _ => true));

    private static IEnumerable<string> Matches(Regex pattern, Func<string, bool> included) =>
        from file in Repository.Files
        where TextExtensions.Contains(Path.GetExtension(file)) && included(file)
        where !file.StartsWith("tests/OrganSeg.Architecture.Tests/", StringComparison.Ordinal)
        let lines = Repository.Read(file).Split('\n')
        from number in Enumerable.Range(0, lines.Length)
        where pattern.IsMatch(lines[number])
        select $"{file}:{number + 1}";

    [GeneratedRegex(@"(?<![\w.~*}\]])/(root|home|tmp|work|Users)/|[A-Za-z]:\\Users\\", RegexOptions.CultureInvariant)]
    private static partial Regex MachinePath();

    [GeneratedRegex(@"registry\.npmjs|api\.nuget\.org|pypi\.org|proxy\.golang\.org", RegexOptions.CultureInvariant)]
    private static partial Regex RegistryHost();

    [GeneratedRegex(@"\b(TODO|FIXME|HACK)\b", RegexOptions.CultureInvariant)]
    private static partial Regex Unfinished();
}
