using System.Globalization;
using OrganSeg.Trainer.Networks;

namespace OrganSeg.Trainer.Import;

/// <summary>A number among the options of a network that an import may give or leave to be found.</summary>
/// <param name="Name">Its name in camelCase.</param>
/// <param name="Low">Least value.</param>
/// <param name="High">Greatest value.</param>
/// <param name="Get">Reads it.</param>
/// <param name="With">Sets it.</param>
internal sealed record NetworkSetting(
    string Name, int Low, int High, Func<NetworkOptions, int> Get, Func<NetworkOptions, int, NetworkOptions> With)
{
    private const string Auxiliary = "auxiliary";

    // Never found in a file: without gates OrganSegNet's parameters have the names of U-Net's.
    private const string Gates = "gates";
    private const string Dilation = "dilation";

    /// <summary>In the order in which they are looked for in a file.</summary>
    public static IReadOnlyList<NetworkSetting> All { get; } =
    [
        new("width", 4, 256, options => options.Width, (options, value) => options with { Width = value }),
        new("classes", 2, 255, options => options.Classes, (options, value) => options with { Classes = value }),
        new("inputChannels", 1, 16, options => options.Channels, (options, value) => options with { InputChannels = value }),
        new(Dilation, 1, 16, options => options.Dilation, (options, value) => options with { Dilation = value }),
    ];

    /// <summary>Options of what the caller gave; the rest is as the architecture has it.</summary>
    /// <exception cref="OrganSegException">Invalid, with a violation for each wrong field, named <c>settings.KEY</c>.</exception>
    public static NetworkOptions Read(string architecture, IReadOnlyDictionary<string, string> settings)
    {
        var options = new NetworkOptions { Architecture = architecture };
        var violations = new List<FieldViolation>();
        foreach (var (key, text) in settings.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            if (key is Auxiliary or Gates)
            {
                if (!bool.TryParse(text, out var flag))
                {
                    violations.Add(new($"settings.{key}", $"\"{text}\" is not true or false"));
                }
                else
                {
                    options = key == Auxiliary ? options with { Auxiliary = flag } : options with { Gates = flag };
                }
            }
            else if (All.FirstOrDefault(setting => setting.Name == key) is not { } setting)
            {
                violations.Add(new($"settings.{key}",
                    $"is not a setting of an import; there are {string.Join(", ", All.Select(s => s.Name))}, {Auxiliary}, {Gates}"));
            }
            else if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value)
                && value >= setting.Low && value <= setting.High)
            {
                options = setting.With(options, value);
            }
            else
            {
                violations.Add(new($"settings.{key}", $"\"{text}\" is not a whole number from {setting.Low} to {setting.High}"));
            }
        }

        violations.AddRange(options.Violations());
        return violations.Count == 0 ? options : throw new OrganSegException(violations);
    }

    /// <summary>Every setting that the network has, as text.</summary>
    public static Dictionary<string, string> Texts(NetworkOptions options)
    {
        var texts = All.ToDictionary(
            setting => setting.Name, setting => setting.Get(options).ToString(CultureInfo.InvariantCulture), StringComparer.Ordinal);
        if (options.Architecture != SegmentationNetworks.OrganSegNet)
        {
            texts.Remove(Dilation);
        }

        if (options.Auxiliary)
        {
            texts[Auxiliary] = "true";
        }

        if (!options.Gates)
        {
            texts[Gates] = "false";
        }

        return texts;
    }
}
