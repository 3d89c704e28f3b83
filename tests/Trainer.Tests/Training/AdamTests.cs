using OrganSeg.Torch;
using static TorchSharp.torch;
using Adam = OrganSeg.Trainer.Training.Adam;
using Parameter = TorchSharp.Modules.Parameter;

namespace OrganSeg.Trainer.Tests.Training;

public sealed class AdamTests
{
    [Fact]
    public void Step_TwoSteps_MovesAsComputedByHand()
    {
        using var scope = NewDisposeScope();
        var parameter = new Parameter(tensor(new[] { 1.0f }));
        using var adam = new Adam([KeyValuePair.Create("w", parameter)]);

        Step(adam, parameter, 0.5f);
        // m = 0.05, v = 0.00025; both corrected to 0.5 and 0.25; the step is the rate, whatever the gradient.
        Assert.Equal(0.9, parameter.AsSingle(), 1e-6);

        Step(adam, parameter, -1f);
        // m = 0.045 − 0.1 = −0.055, over 0.19; v = 0.00024975 + 0.001 = 0.00124975, over 0.001999.
        Assert.Equal(0.9 + 0.1 * (0.055 / 0.19) / Math.Sqrt(0.00124975 / 0.001999), parameter.AsSingle(), 1e-6);
    }

    [Fact]
    public void Step_FiftySteps_AgreesWithTorch()
    {
        using var scope = NewDisposeScope();
        var start = randn([40], generator: new Generator(3));
        var own = new Parameter(start.clone());
        var theirs = new Parameter(start.clone());
        using var adam = new Adam([KeyValuePair.Create("w", own)]);
        using var peer = optim.Adam([theirs], 0.02);

        for (var step = 0; step < 50; step++)
        {
            adam.ClearGradients();
            own.pow(4).sum().backward();
            adam.Step(0.02);
            peer.zero_grad();
            theirs.pow(4).sum().backward();
            peer.step();
        }

        Assert.True(own.sub(theirs).abs().max().AsSingle() < 1e-5);
    }

    [Fact]
    public void Load_SavedMoments_ContinuesToTheBit()
    {
        using var scope = NewDisposeScope();
        var parameter = new Parameter(tensor(new[] { 1.0f, -2.0f }));
        using var adam = new Adam([KeyValuePair.Create("w", parameter)]);
        Step(adam, parameter, 0.3f);
        var copy = new Parameter(parameter.detach().clone());
        using var resumed = new Adam([KeyValuePair.Create("w", copy)]);
        resumed.Load(adam.State, adam.Steps);

        Step(adam, parameter, -0.7f);
        Step(resumed, copy, -0.7f);

        Assert.Equal(parameter.data<float>().ToArray(), copy.data<float>().ToArray());
    }

    private static void Step(Adam adam, Parameter parameter, float gradient)
    {
        adam.ClearGradients();
        parameter.mul(gradient).sum().backward();
        adam.Step(0.1);
    }
}
