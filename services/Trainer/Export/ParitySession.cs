using Microsoft.ML.OnnxRuntime;
using OrganSeg.Onnx;
using OrganSeg.Trainer.Networks;
using static TorchSharp.torch;
using SessionOptions = Microsoft.ML.OnnxRuntime.SessionOptions;

namespace OrganSeg.Trainer.Export;

/// <summary>A network and its exported model side by side, fed with the same batches. Not thread-safe.</summary>
internal sealed class ParitySession : IDisposable
{
    private readonly SegmentationNetwork _network;
    private readonly ParityComparison _comparison;
    private readonly InferenceSession _model;
    private readonly InferenceSession? _debug;
    private readonly IReadOnlyList<string> _layers = [];
    private readonly string[] _attention;

    /// <param name="network">The network, not in training.</param>
    /// <param name="onnx">The model.</param>
    /// <param name="options">Whether layers are compared, and on how many threads.</param>
    /// <param name="comparison">Gets the differences.</param>
    /// <exception cref="OnnxRuntimeException">ONNX Runtime refuses the model.</exception>
    public ParitySession(SegmentationNetwork network, byte[] onnx, ParityOptions options, ParityComparison comparison)
    {
        _network = network;
        _comparison = comparison;
        using var settings = new SessionOptions { IntraOpNumThreads = options.Threads, InterOpNumThreads = 1 };
        _model = new InferenceSession(onnx, settings);
        try
        {
            _attention = [.. _model.OutputNames.Where(OnnxExporter.IsAttention)];
            if (options.Layers)
            {
                // Values of a graph are named as the layer that gives them; other outputs would change what is fused in
                // the model that is served, so a copy has them.
                _debug = new InferenceSession(OnnxOutputs.Expose(onnx, network.LayerNames, out _layers), settings);
            }
        }
        catch
        {
            _model.Dispose();
            throw;
        }
    }

    /// <param name="batch">[N, 1, H, W], grey values 0…255.</param>
    public void Compare(Tensor batch)
    {
        using var scope = NewDisposeScope();
        var image = batch.to(float32).cpu().contiguous();
        var layers = new Dictionary<string, float[]>(StringComparer.Ordinal);
        var wanted = _layers.ToHashSet(StringComparer.Ordinal);
        var expected = _network.ForwardAll(image, _debug is null ? null : (name, value) =>
        {
            if (wanted.Contains(name))
            {
                // At once: the operation that follows may overwrite the value.
                layers[name] = Floats(value);
            }
        });

        _comparison.AddBatch(batch.shape);
        using var input = OrtValue.CreateTensorValueFromMemory(Floats(image), image.shape);
        using var options = new RunOptions();
        using (var outputs = _model.Run(options, [OnnxExporter.Image], [input], [OnnxExporter.Logits, OnnxExporter.Labels, .. _attention]))
        {
            _comparison.AddOutput(OnnxExporter.Logits, Floats(expected.Logits), outputs[0].GetTensorDataAsSpan<float>());
            var labels = expected.Logits.argmax(1).to(uint8).cpu().contiguous();
            _comparison.AddLabels(labels.data<byte>().ToArray(), outputs[1].GetTensorDataAsSpan<byte>());
            for (var i = 0; i < _attention.Length; i++)
            {
                _comparison.AddOutput(
                    _attention[i], Floats(expected.AttentionMaps[i]), outputs[i + 2].GetTensorDataAsSpan<float>());
            }
        }

        if (_debug is not null)
        {
            using var values = _debug.Run(options, [OnnxExporter.Image], [input], _layers);
            for (var i = 0; i < _layers.Count; i++)
            {
                _comparison.AddLayer(_layers[i], layers[_layers[i]], values[i].GetTensorDataAsSpan<float>());
            }
        }
    }

    public void Dispose()
    {
        _debug?.Dispose();
        _model.Dispose();
    }

    private static float[] Floats(Tensor tensor)
    {
        using var scope = NewDisposeScope();
        return tensor.detach().cpu().contiguous().data<float>().ToArray();
    }
}
