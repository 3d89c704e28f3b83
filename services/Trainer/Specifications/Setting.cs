using System.Globalization;
using System.Text.Json;

namespace OrganSeg.Trainer.Specifications;

/// <summary>One field of the specification that users set: how its text is read, and where the value goes.</summary>
/// <param name="Name">Its name in camelCase.</param>
/// <param name="Apply">The specification with the value in it, or null when the text is not <paramref name="Expected"/>.</param>
/// <param name="Expected">What the text may be, such as <c>a whole number from 1 to 512</c>.</param>
internal sealed record Setting(string Name, Func<RunSpecification, string, RunSpecification?> Apply, string Expected)
{
    public static Setting Integer(string name, int low, int high, Func<RunSpecification, int, RunSpecification> set) => new(
        name,
        (spec, text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value)
            && value >= low && value <= high ? set(spec, value) : null,
        $"a whole number from {low} to {high}");

    public static Setting Number(
        string name, double low, double high, Func<RunSpecification, double, RunSpecification> set) => new(
        name,
        (spec, text) => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value)
            && value >= low && value <= high ? set(spec, value) : null,
        $"a number from {low.ToString(CultureInfo.InvariantCulture)} to {high.ToString(CultureInfo.InvariantCulture)}");

    public static Setting Flag(string name, Func<RunSpecification, bool, RunSpecification> set) => new(
        name, (spec, text) => text switch { "true" => set(spec, true), "false" => set(spec, false), _ => null }, "true or false");

    public static Setting Choice<T>(string name, Func<RunSpecification, T, RunSpecification> set)
        where T : struct, Enum
    {
        var values = Enum.GetValues<T>().ToDictionary(
            value => JsonNamingPolicy.KebabCaseLower.ConvertName(value.ToString()), StringComparer.Ordinal);
        return new(
            name,
            (spec, text) => values.TryGetValue(text, out var value) ? set(spec, value) : null,
            string.Join(" or ", values.Keys));
    }
}
