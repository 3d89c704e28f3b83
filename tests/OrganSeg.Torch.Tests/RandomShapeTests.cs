using FsCheck;
using FsCheck.Fluent;
using OrganSeg.Onnx;
using static TorchSharp.torch;

namespace OrganSeg.Torch.Tests;

/// <summary>Operators on random shapes with random attributes; every run draws the same ones.</summary>
public sealed class RandomShapeTests
{
    private const int Runs = 40;

    private static readonly Gen<int> Opset = Gen.Choose(OnnxGraph.MinOpset, OnnxGraph.MaxOpset);

    [Fact]
    public void Conv2d_AnyShape_ComputesWhatTorchDoes() => Check(
        from opset in Opset
        from groups in Gen.Choose(1, 3)
        from channels in Gen.Choose(1, 3)
        from kernel in Gen.Choose(1, 3)
        from width in Gen.Choose(1, 4)
        from stride in Gen.Choose(1, 3)
        from padding in Gen.Choose(0, 2)
        from dilation in Gen.Choose(1, 2)
        from size in Gen.Choose(7, 12)
        let options = new ConvOptions(groups * channels, kernel)
        {
            KernelWidth = width,
            Stride = stride,
            Padding = padding,
            Dilation = dilation,
            Groups = groups,
        }
        select new Draw(opset, [[2, 2 * groups, size, size + 1]], new Conv(options)));

    [Fact]
    public void Pooling_AnyShape_ComputesWhatTorchDoes() => Check(
        from opset in Opset
        from kernel in Gen.Choose(2, 4)
        from stride in Gen.Choose(1, 4)
        from padding in Gen.Choose(0, kernel / 2)
        from count in Gen.Elements(true, false)
        from size in Gen.Choose(5, 12)
        from height in Gen.Choose(1, 5)
        from width in Gen.Choose(1, 5)
        select new Draw(opset, [[2, 3, size, 17 - size]], new Pool(kernel, stride, padding, count, height, width)));

    [Fact]
    public void ResizeTo_AnySize_ComputesWhatTorchDoes() => Check(
        from opset in Opset
        from height in Gen.Choose(1, 20)
        from width in Gen.Choose(1, 20)
        from mode in Gen.Elements(ResizeMode.Bilinear, ResizeMode.BilinearAlignCorners)
        from size in Gen.Choose(1, 12)
        select new Draw(opset, [[2, 3, size, 13 - size]], new Resize(height, width, mode)));

    [Fact]
    public void ResizeTo_NearestAtAnySizes_TakesThePixelsThatTorchDoes() => Check(
        from opset in Opset
        from height in Gen.Choose(1, 300)
        from width in Gen.Choose(1, 300)
        from rows in Gen.Choose(1, 60)
        from columns in Gen.Choose(1, 60)
        select new Draw(opset, [[1, 1, rows, columns]], new Resize(height, width, ResizeMode.Nearest)));

    [Fact]
    public void Resize_NearestByAnyFactor_TakesThePixelsThatTorchDoes()
    {
        using var scope = NewDisposeScope();
        foreach (var (from, to) in
            from side in Enumerable.Range(1, 40) from factor in Enumerable.Range(1, 60) select (side, factor))
        {
            // A row of constants is resized at export; the result must be torch's to the pixel.
            var row = arange(from, float32).reshape(1, 1, 1, from);
            var scale = to / 16.0;
            if ((int)(from * scale) == 0)
            {
                continue;
            }

            Assert.Equal(Pixels(o => o.ResizeTo(row, 1, to, ResizeMode.Nearest)), Folded(row, (o, x) => o.ResizeTo(x, 1, to, ResizeMode.Nearest)));
            Assert.Equal(Pixels(o => o.Resize(row, 1, scale, ResizeMode.Nearest)), Folded(row, (o, x) => o.Resize(x, 1, scale, ResizeMode.Nearest)));
        }

        static float[] Pixels(Func<TorchOps, Tensor> run) =>
            run(new TorchOps(new Dictionary<string, Tensor>())).contiguous().data<float>().ToArray();

        static float[] Folded(Tensor row, Func<OnnxOps, OnnxValue, OnnxValue> run)
        {
            var graph = new OnnxGraph("row");
            var result = run(new OnnxOps(graph, _ => throw new InvalidOperationException()), graph.Constant(TorchTensors.ToOnnx(row)));
            return graph.Initializers[result.Name].ToFloats();
        }
    }

    [Fact]
    public void PadAndSlice_AnyPlaces_ComputeWhatTorchDoes() => Check(
        from opset in Opset
        from left in Gen.Choose(0, 3)
        from top in Gen.Choose(0, 3)
        from mode in Gen.Elements(PadMode.Constant, PadMode.Reflect, PadMode.Edge)
        from start in Gen.Choose(-6, 3)
        from end in Gen.Choose(10, 20)
        from step in Gen.Choose(1, 3)
        select new Draw(opset, [[1, 2, 5, 6]], new PadSlice(left, top, mode, start, end, step)));

    [Fact]
    public void Normalisation_AnyShape_ComputesWhatTorchDoes() => Check(
        from opset in Opset
        from groups in Gen.Choose(1, 4)
        from channels in Gen.Choose(1, 3)
        from size in Gen.Choose(2, 9)
        select new Draw(opset, [[2, groups * channels, size, 11 - size]], new Norm(groups)));

    private static void Check(Gen<Draw> draws) =>
        Prop.ForAll(draws.ToArbitrary(), draw => draw.Check())
            .Check(Config.QuickThrowOnFailure.WithMaxTest(Runs).WithReplay(20250101, 1).WithQuietOnSuccess(true));

    private interface IUse
    {
        T Run<T>(ITensorOps<T> ops, T x);
    }

    private sealed record Draw(int Opset, long[][] Inputs, IUse Use)
    {
        public void Check()
        {
            var eager = new OperatorCase<Tensor>("", Inputs, (ops, x) => Use.Run(ops, x[0]));
            var symbolic = new OperatorCase<OnnxValue>("", Inputs, (ops, x) => Use.Run(ops, x[0]));
            Parity.Check(eager, symbolic, Opset, free: false, seed: 7);
            if (Use is not Pool)
            {
                Parity.Check(eager, symbolic, Opset, free: true, seed: 7);
            }
        }
    }

    private sealed record Conv(ConvOptions Options) : IUse
    {
        public T Run<T>(ITensorOps<T> ops, T x) => ops.Conv2d(x, "c", Options);
    }

    private sealed record Pool(int Kernel, int Stride, int Padding, bool Count, int Height, int Width) : IUse
    {
        public T Run<T>(ITensorOps<T> ops, T x)
        {
            var mean = ops.AdaptiveAveragePool2d(ops.AveragePool2d(x, Kernel, Stride, Padding, Count), Height, Width);
            return ops.Add(mean, ops.AdaptiveAveragePool2d(ops.MaxPool2d(x, Kernel, Stride, Padding), Height, Width));
        }
    }

    private sealed record Resize(int Height, int Width, ResizeMode Mode) : IUse
    {
        public T Run<T>(ITensorOps<T> ops, T x) => ops.ResizeTo(x, Height, Width, Mode);
    }

    private sealed record PadSlice(int Left, int Top, PadMode Mode, int Start, int End, int Step) : IUse
    {
        public T Run<T>(ITensorOps<T> ops, T x) =>
            ops.Slice(ops.Pad2d(x, Left, 1, Top, 2, Mode, 0.5), 3, Start, End, Step);
    }

    private sealed record Norm(int Groups) : IUse
    {
        public T Run<T>(ITensorOps<T> ops, T x) => ops.Softmax(ops.InstanceNorm2d(ops.GroupNorm(x, "n", Groups), "i"), 1);
    }
}
