using OrganSeg.Torch;
using OrganSeg.Trainer.Specifications;
using OrganSeg.Trainer.Tests.Support;
using OrganSeg.Trainer.Training;
using static TorchSharp.torch;
using Parameter = TorchSharp.Modules.Parameter;

namespace OrganSeg.Trainer.Tests.Training;

public sealed class GradientOptimizerTests
{
    [Theory]
    [InlineData(Optimizer.Adam)]
    [InlineData(Optimizer.AdamW)]
    [InlineData(Optimizer.Sgd)]
    internal void Step_FiftySteps_AgreesWithTorch(Optimizer kind)
    {
        using var scope = NewDisposeScope();
        var start = randn([40], generator: new Generator(3));
        var own = new Parameter(start.clone());
        var theirs = new Parameter(start.clone());
        var spec = TinyData.Specification with { Optimizer = kind, WeightDecay = 0.05, Momentum = 0.8 };
        using var optimizer = GradientOptimizer.Create(spec, [KeyValuePair.Create("w", own)]);
        using optim.Optimizer peer = kind switch
        {
            Optimizer.Adam => optim.Adam([theirs], 0.01, weight_decay: 0.05),
            Optimizer.AdamW => optim.AdamW([theirs], 0.01, weight_decay: 0.05),
            _ => optim.SGD([theirs], 0.01, momentum: 0.8, weight_decay: 0.05, nesterov: true),
        };

        for (var step = 0; step < 50; step++)
        {
            optimizer.ClearGradients();
            own.pow(4).sum().backward();
            optimizer.Step(0.01);
            peer.zero_grad();
            theirs.pow(4).sum().backward();
            peer.step();
        }

        Assert.True(own.sub(theirs).abs().max().AsSingle() < 1e-5);
        Assert.True(own.sub(start).abs().max().AsSingle() > 0.1);
    }

    [Fact]
    public void GradientNorm_AndScale_AreOfAllGradientsTogether()
    {
        using var scope = NewDisposeScope();
        var (a, b) = (new Parameter(zeros(2)), new Parameter(zeros(1)));
        using var optimizer = new Adam([KeyValuePair.Create("a", a), KeyValuePair.Create("b", b)]);
        a.mul(tensor(new[] { 3f, 4f })).sum().add(b.mul(12f).sum()).backward();

        // 3² + 4² + 12² = 13².
        Assert.Equal(13, optimizer.GradientNorm(), 1e-6);
        optimizer.ScaleGradients(0.5);
        Assert.Equal(6.5, optimizer.GradientNorm(), 1e-6);
    }

    [Fact]
    public void WeightAverage_Updates_FollowTheWarmedUpDecay_AndSwapIsItsOwnInverse()
    {
        using var scope = NewDisposeScope();
        var weight = tensor(new[] { 1f });
        var state = new Dictionary<string, Tensor> { ["w"] = weight, ["count"] = tensor(new[] { 5L }) };
        using var average = new WeightAverage(state, 0.5);
        weight.fill_(2f);
        average.Update(1);
        // (1 + 1) / (10 + 1) of the old.
        Assert.Equal((1 * 2.0 / 11) + (2 * 9.0 / 11), average.State["w"].AsSingle(), 1e-6);
        weight.fill_(0f);
        average.Update(1_000_000);
        Assert.Equal(0.5 * ((1 * 2.0 / 11) + (2 * 9.0 / 11)), average.State["w"].AsSingle(), 1e-6);

        var (own, other) = (weight.AsSingle(), average.State["w"].AsSingle());
        average.Swap();
        Assert.Equal((other, own), (weight.AsSingle(), average.State["w"].AsSingle()));
        average.Swap();
        Assert.Equal((own, other), (weight.AsSingle(), average.State["w"].AsSingle()));
        Assert.Single(average.State);
    }
}
