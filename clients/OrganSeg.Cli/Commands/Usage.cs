using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace OrganSeg.Cli.Commands;

/// <summary>Parsers of values that several commands take; what they reject is wrong usage.</summary>
internal static class Usage
{
    /// <summary>Makes an option whose values are <c>key=value</c>.</summary>
    public static Option<Dictionary<string, string>> KeyValues(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "key=value",
        Arity = ArgumentArity.OneOrMore,
        AllowMultipleArgumentsPerToken = false,
        CustomParser = ParseKeyValues,
        DefaultValueFactory = _ => [],
    };

    /// <summary>The form of a model that is to answer.</summary>
    public static Option<string?> Variant() => new Option<string?>("--variant")
    {
        Description = "Form of the model: float32, int8, or auto for int8 where there is one that works; without, as the service is set.",
    }.AcceptOnlyFromAmong("float32", "int8", "auto");

    /// <summary>Parses <c>5=1,2=2</c>: source label id to class id.</summary>
    public static Dictionary<uint, uint> ParseLabelMap(ArgumentResult result)
    {
        var map = new Dictionary<uint, uint>();
        foreach (var pair in result.Tokens.SelectMany(token => token.Value.Split(',')))
        {
            if (pair.Split('=') is not [var from, var to] || !byte.TryParse(from, out var source) || !byte.TryParse(to, out var target))
            {
                result.AddError($"--map: '{pair}' is not SOURCE=CLASS with ids from 0 to 255, such as 5=1");
            }
            else if (!map.TryAdd(source, target) && map[source] != target)
            {
                result.AddError($"--map: {source} is mapped to both {map[source]} and {target}");
            }
        }

        return map;
    }

    /// <summary>Parses <c>-125,275</c>: HU that rise.</summary>
    public static (double Low, double High)? ParseWindow(ArgumentResult result)
    {
        var text = result.Tokens.Count > 0 ? result.Tokens[^1].Value : "";
        if (text.Split(',') is [var low, var high]
            && double.TryParse(low, NumberStyles.Float, CultureInfo.InvariantCulture, out var from)
            && double.TryParse(high, NumberStyles.Float, CultureInfo.InvariantCulture, out var to)
            && double.IsFinite(from) && double.IsFinite(to) && from < to)
        {
            return (from, to);
        }

        result.AddError($"--window: '{text}' is not LOW,HIGH in rising HU, such as -125,275");
        return null;
    }

    private static Dictionary<string, string> ParseKeyValues(ArgumentResult result)
    {
        var values = new Dictionary<string, string>();
        foreach (var text in result.Tokens.Select(token => token.Value))
        {
            var equals = text.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0)
            {
                result.AddError($"'{text}' is not key=value, such as width=16");
            }
            else if (!values.TryAdd(text[..equals], text[(equals + 1)..]))
            {
                result.AddError($"'{text[..equals]}' is given twice");
            }
        }

        return values;
    }
}
