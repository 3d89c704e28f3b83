using System.Xml.Linq;

namespace OrganSeg.Architecture.Tests;

/// <summary>What a project file says it needs, in any flavour of the build.</summary>
/// <param name="Path">From the root, with forward slashes.</param>
/// <param name="Assemblies">Projects whose assembly it uses.</param>
/// <param name="Resources">Projects that it only starts, or only has built.</param>
/// <param name="Packages">Packages named by it; development tools included.</param>
internal sealed record Project(
    string Path, IReadOnlySet<string> Assemblies, IReadOnlySet<string> Resources, IReadOnlySet<string> Packages)
{
    private static readonly string[] FreeFolders = ["tests/", "bench/", "examples/", "experiments/"];

    public string Name => System.IO.Path.GetFileNameWithoutExtension(Path);

    public bool IsFree => FreeFolders.Any(folder => Path.StartsWith(folder, StringComparison.Ordinal));

    public static Project Load(string path)
    {
        var file = XDocument.Parse(Repository.Read(path));
        var references = file.Descendants("ProjectReference").ToArray();
        var allAreResources = references.Any(reference => Attribute(reference, "Update") == "@(ProjectReference)" && IsResource(reference));
        var named = references.Where(reference => Attribute(reference, "Include").Length > 0).ToArray();
        return new Project(
            path,
            named.Where(reference => !allAreResources && !IsResource(reference)).Select(NameOf).ToHashSet(),
            named.Where(reference => allAreResources || IsResource(reference)).Select(NameOf).ToHashSet(),
            file.Descendants("PackageReference").Select(reference => Attribute(reference, "Include")).ToHashSet());
    }

    private static bool IsResource(XElement reference) => Attribute(reference, "ReferenceOutputAssembly") == "false";

    private static string NameOf(XElement reference) =>
        System.IO.Path.GetFileNameWithoutExtension(Attribute(reference, "Include").Replace('\\', '/'));

    private static string Attribute(XElement element, string name) => (string?)element.Attribute(name) ?? "";
}
