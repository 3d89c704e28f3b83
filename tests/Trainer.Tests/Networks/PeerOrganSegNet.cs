using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace OrganSeg.Trainer.Tests.Networks;

/// <summary>OrganSegNet once more, out of TorchSharp's own modules: an independent implementation to compare with.</summary>
internal sealed class PeerOrganSegNet : nn.Module<Tensor, Tensor>
{
    [ComponentName(Name = "encoder")]
    private readonly ModuleList<Sequential> _encoder;

    [ComponentName(Name = "bottleneck")]
    private readonly Sequential _bottleneck;

    [ComponentName(Name = "up")]
    private readonly ModuleList<ConvTranspose2d> _up;

    [ComponentName(Name = "gate")]
    private readonly ModuleList<Gate> _gate;

    [ComponentName(Name = "decoder")]
    private readonly ModuleList<Sequential> _decoder;

    [ComponentName(Name = "head")]
    private readonly Conv2d _head;

    public PeerOrganSegNet(int width, int dilation, int classes)
        : base(nameof(PeerOrganSegNet))
    {
        int[] w = [width, 2 * width, 4 * width, 8 * width, 16 * width];
        int[] down = [3, 2, 1, 0];
        _encoder = new([Block(1, w[0]), Block(w[0], w[1]), Block(w[1], w[2]), Block(w[2], w[3])]);
        _bottleneck = Block(w[3], w[4], dilation);
        _up = new([.. down.Select(i => nn.ConvTranspose2d(w[i + 1], w[i], 2, 2))]);
        _gate = new([.. down.Select(i => new Gate(w[i]))]);
        _decoder = new([.. down.Select(i => Block(2 * w[i], w[i]))]);
        _head = nn.Conv2d(w[0], classes, 1);
        RegisterComponents();
    }

    public override Tensor forward(Tensor input)
    {
        var x = ((input / 255) - 0.485) / 0.225;
        var skips = new Stack<Tensor>();
        foreach (var block in _encoder)
        {
            x = block.call(x);
            skips.Push(x);
            x = nn.functional.max_pool2d(x, 2);
        }

        x = _bottleneck.call(x);
        for (var i = 0; i < 4; i++)
        {
            var g = _up[i].call(x);
            x = _decoder[i].call(cat([_gate[i].call(skips.Pop(), g), g], 1));
        }

        return _head.call(x);
    }

    private static Sequential Block(int from, int to, int dilation = 1) => nn.Sequential(
        nn.Conv2d(from, to, 3, padding: dilation, dilation: dilation), nn.BatchNorm2d(to), nn.ReLU(),
        nn.Conv2d(to, to, 3, padding: dilation, dilation: dilation), nn.BatchNorm2d(to), nn.ReLU());

    private sealed class Gate : nn.Module<Tensor, Tensor, Tensor>
    {
        [ComponentName(Name = "theta")]
        private readonly Conv2d _theta;

        [ComponentName(Name = "phi")]
        private readonly Conv2d _phi;

        [ComponentName(Name = "psi")]
        private readonly Conv2d _psi;

        public Gate(int channels)
            : base(nameof(Gate))
        {
            _theta = nn.Conv2d(channels, channels / 2, 1);
            _phi = nn.Conv2d(channels, channels / 2, 1);
            _psi = nn.Conv2d(channels / 2, 1, 1);
            RegisterComponents();
        }

        public override Tensor forward(Tensor x, Tensor g) =>
            x * sigmoid(_psi.call(nn.functional.relu(_theta.call(x) + _phi.call(g))));
    }
}
