using OrganSeg.Trainer.Tests.Support;
using OrganSeg.Trainer.Weights;
using static TorchSharp.torch;

namespace OrganSeg.Trainer.Tests.Weights;

/// <summary>The reference implementation reads what is written here, and the other way round.</summary>
public sealed class SafeTensorsPeerTests
{
    [Fact]
    public async Task Python_ReadsAndWritesEveryType_WithTheSameValues()
    {
        const string Script = """
            import sys, base64, torch
            from safetensors.torch import load, save
            tensors = load(sys.stdin.buffer.read())
            assert tensors['f16'].dtype == torch.float16 and tensors['bf16'].dtype == torch.bfloat16
            assert tensors['i64'].item() == -2**63 and tensors['i64'].dim() == 0
            assert tensors['f64'].tolist() == [0.1, -1e300]
            assert tensors['strided'].tolist() == torch.arange(24.).reshape(2, 3, 4).permute(0, 2, 1).tolist()
            assert tuple(tensors['empty'].shape) == (0, 4)
            assert tensors['bool'].tolist() == [True, False, True]
            print(base64.b64encode(save({'p.' + k: v.contiguous() for k, v in tensors.items()}, {'by': 'python'})).decode())
            """;
        using var outer = NewDisposeScope();
        var written = SafeTensors.Write(SafeTensorsTests.EveryType());

        var answer = await PeerPython.RunAsync(Script, written, TestContext.Current.CancellationToken);

        using var scope = NewDisposeScope();
        var expected = SafeTensorsTests.EveryType();
        var read = SafeTensors.Read(Convert.FromBase64String(answer.Trim()), "python.safetensors");
        Assert.Equal(expected.Keys.Select(name => $"p.{name}").Order(), read.Keys.Order());
        Assert.All(expected, pair =>
        {
            Assert.Equal(pair.Value.dtype, read[$"p.{pair.Key}"].dtype);
            Assert.Equal(pair.Value.shape, read[$"p.{pair.Key}"].shape);
            Assert.True(pair.Value.equal(read[$"p.{pair.Key}"]).all().item<bool>());
        });
    }

    [Fact]
    public async Task Python_WritesAModuleOfItsOwn_ReadsHere()
    {
        const string Script = """
            import base64, torch
            from safetensors.torch import save
            net = torch.nn.Sequential(torch.nn.Conv2d(1, 2, 3), torch.nn.BatchNorm2d(2))
            with torch.no_grad():
                for i, p in enumerate(net.parameters()):
                    p.copy_(torch.arange(p.numel()).reshape(p.shape) + i)
            print(base64.b64encode(save(net.state_dict())).decode())
            """;

        var answer = await PeerPython.RunAsync(Script, [], TestContext.Current.CancellationToken);

        using var scope = NewDisposeScope();
        var read = SafeTensors.Read(Convert.FromBase64String(answer.Trim()), "python.safetensors");
        Assert.Equal(
            ["0.bias", "0.weight", "1.bias", "1.num_batches_tracked", "1.running_mean", "1.running_var", "1.weight"],
            read.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(Enumerable.Range(0, 18).Select(i => (float)i), read["0.weight"].data<float>().ToArray());
        Assert.Equal([1f, 2f], read["0.bias"].data<float>().ToArray());
        Assert.Equal(ScalarType.Int64, read["1.num_batches_tracked"].dtype);
    }
}
