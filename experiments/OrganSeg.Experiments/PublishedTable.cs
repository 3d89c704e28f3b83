namespace OrganSeg.Experiments;

/// <summary>Table I of the paper: F1 of OrganSegNet and of DeepLabV3 by organ. On what it was scored the paper does not say.</summary>
internal static class PublishedTable
{
    public static IReadOnlyDictionary<string, double> OrganSegNet { get; } = new Dictionary<string, double>
    {
        ["liver"] = .998692,
        ["kidney"] = .988471,
        ["spleen"] = .978950,
        ["pancreas"] = .981063,
    };

    public static IReadOnlyDictionary<string, double> DeepLabV3 { get; } = new Dictionary<string, double>
    {
        ["liver"] = .981286,
        ["kidney"] = .955228,
        ["spleen"] = .892877,
        ["pancreas"] = .870641,
    };
}
