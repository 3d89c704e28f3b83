namespace OrganSeg.AppHost.Offline;

/// <summary>
/// The command line of the AppHost: <c>--json</c> (one line of endpoints on standard output, everything else on
/// standard error), <c>--quiet</c> (logs of the services to files only), <c>--up</c> (announce the endpoints in
/// <c>.organseg/up.json</c>), <c>--ports declared|free</c>, <c>--topology FILE</c> (describe, start nothing); what
/// remains is configuration.
/// </summary>
internal sealed record HostSwitches
{
    public bool Json { get; init; }

    public bool Quiet { get; init; }

    public bool Up { get; init; }

    public bool FreePorts { get; init; }

    public string? Topology { get; init; }

    /// <summary>What is wrong with the command line, if anything: told when the application runs.</summary>
    public string? Error { get; init; }

    public string[] Configuration { get; init; } = [];

    public static HostSwitches Parse(IReadOnlyList<string> args)
    {
        var switches = new HostSwitches();
        var rest = new List<string>();
        for (var i = 0; i < args.Count; i++)
        {
            switch (args[i])
            {
                case "--json":
                    switches = switches with { Json = true };
                    break;
                case "--quiet":
                    switches = switches with { Quiet = true };
                    break;
                case "--up":
                    switches = switches with { Up = true };
                    break;
                case "--ports":
                    var ports = ++i < args.Count ? args[i] : null;
                    switches = ports is "declared" or "free"
                        ? switches with { FreePorts = ports == "free" }
                        : switches with { Error = $"--ports is 'declared' or 'free', not '{ports}'." };
                    break;
                case "--topology":
                    switches = ++i < args.Count
                        ? switches with { Topology = args[i] }
                        : switches with { Error = "--topology needs the name of a file to write." };
                    break;
                default:
                    rest.Add(args[i]);
                    break;
            }
        }

        return switches with { Configuration = [.. rest] };
    }
}
