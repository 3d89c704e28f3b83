using OrganSeg.Trainer.Networks;
using static TorchSharp.torch;

namespace OrganSeg.Trainer.Tests.Networks;

internal static class TestNetworks
{
    /// <summary>A network as training starts with it.</summary>
    public static SegmentationNetwork Fresh(string architecture, int width = 8, ulong seed = 1) =>
        SegmentationNetwork.Create(new NetworkOptions { Architecture = architecture, Width = width }, seed);

    /// <summary>A network whose batch norms do something: fresh ones are almost the identity.</summary>
    public static SegmentationNetwork Create(string architecture, int width, ulong seed = 1) =>
        Create(new NetworkOptions { Architecture = architecture, Width = width }, seed);

    /// <summary>The same with all options.</summary>
    public static SegmentationNetwork Create(NetworkOptions options, ulong seed = 1)
    {
        var network = SegmentationNetwork.Create(options, seed);
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        using var generator = new Generator(seed, CPU);
        const string Mean = ".running_mean";
        foreach (var name in network.State.Keys.Where(name => name.EndsWith(Mean, StringComparison.Ordinal)))
        {
            var norm = name[..^Mean.Length];
            network.State[name].normal_(0, 0.1, generator);
            network.State[$"{norm}.running_var"].uniform_(0.5, 1.5, generator);
            network.State[$"{norm}.weight"].uniform_(0.5, 1.5, generator);
            network.State[$"{norm}.bias"].normal_(0, 0.1, generator);
        }

        return network;
    }

    public static double RelativeL2(Tensor actual, Tensor expected)
    {
        using var scope = NewDisposeScope();
        return ((actual - expected).norm() / expected.norm()).item<float>();
    }
}
