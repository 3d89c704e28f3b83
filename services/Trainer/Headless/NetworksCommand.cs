using System.Globalization;
using OrganSeg.Trainer.Networks;

namespace OrganSeg.Trainer.Headless;

/// <summary><c>Trainer networks [--width W] [--size S]</c>: what each architecture costs, as a Markdown table.</summary>
internal static class NetworksCommand
{
    public const string Verb = "networks";

    private const string Usage = """
        usage: Trainer networks [--width W] [--size S]

          --width W  channels of the first stage, even, 4 to 256; 64 without
          --size S   side of the slice in pixels, a multiple of 16; 224 without
        """;

    /// <exception cref="OrganSegException">Invalid: an option or its value.</exception>
    public static async Task RunAsync(string[] args, TextWriter output, CancellationToken cancellationToken)
    {
        var (width, size) = (NetworkOptions.DefaultWidth, 224);
        for (var i = 1; i < args.Length; i += 2)
        {
            if (args[i] is not ("--width" or "--size")
                || i + 1 == args.Length
                || !int.TryParse(args[i + 1], NumberStyles.None, CultureInfo.InvariantCulture, out var value))
            {
                throw OrganSegException.Invalid(args[i], $"is not an option with a number.\n{Usage}");
            }

            (width, size) = args[i] == "--width" ? (value, size) : (width, value);
        }

        if (size < 16 || size % 16 != 0 || size > 4096)
        {
            throw OrganSegException.Invalid("--size", $"{size} is not a multiple of 16 up to 4096");
        }

        await output.WriteLineAsync("| network | parameters | GMAC |\n|---|---|---|");
        foreach (var architecture in SegmentationNetworks.Architectures)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var options = new NetworkOptions { Architecture = architecture, Width = width };
            options.Validate();
            var cost = NetworkCost.Of(options, size);
            await output.WriteLineAsync(string.Create(
                CultureInfo.InvariantCulture, $"| `{architecture}` | {cost.Parameters:N0} | {cost.MultiplyAccumulates / 1e9:0.00} |"));
        }
    }
}
