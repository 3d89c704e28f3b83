using System.Globalization;

namespace OrganSeg.Benchmarks;

/// <summary>The <c>--name value</c> pairs of a command line.</summary>
internal sealed class Options(IReadOnlyList<string> arguments)
{
    public string? Text(string name) => arguments.SkipWhile(argument => argument != name).Skip(1).FirstOrDefault();

    public int Number(string name, int otherwise) =>
        Text(name) is { } text ? int.Parse(text, CultureInfo.InvariantCulture) : otherwise;
}
