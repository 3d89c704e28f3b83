using System.Numerics.Tensors;
using Microsoft.ML.OnnxRuntime;
using OrganSeg.Imaging;
using OrganSeg.Storage;
using SessionOptions = Microsoft.ML.OnnxRuntime.SessionOptions;

namespace OrganSeg.Inference.Serving;

/// <summary>
/// One version of a model in ONNX Runtime, with the buffers of its runs. Only one run at a time: the runner above it
/// sees to that, and each run uses every core anyway.
/// </summary>
internal sealed class OnnxModel : IDisposable
{
    private readonly InferenceSession _session;
    private readonly RunOptions _runOptions = new();
    private readonly int _side;
    private readonly float[] _input;
    private readonly byte[] _labels;
    private readonly Binding?[] _bindings;

    private OnnxModel(ModelDocument document, string variant, InferenceSession session, int maxBatch)
    {
        Variant = variant;
        Document = document;
        _session = session;
        _side = document.Preprocessing.Size;
        Preprocessor = new SlicePreprocessor(document.Preprocessing);
        // Pinned for life: ONNX Runtime reads and writes these buffers directly.
        _input = GC.AllocateUninitializedArray<float>(maxBatch * _side * _side, pinned: true);
        _labels = GC.AllocateUninitializedArray<byte>(maxBatch * _side * _side, pinned: true);
        _bindings = new Binding?[maxBatch];
    }

    /// <summary>What the catalogue says about this version.</summary>
    public ModelDocument Document { get; }

    /// <summary>The form of the version that is loaded.</summary>
    public string Variant { get; }

    /// <summary>The model's own recipe.</summary>
    public SlicePreprocessor Preprocessor { get; }

    /// <summary>Loads a graph, checks its signature, and runs it once so that the first caller does not pay for it.</summary>
    /// <exception cref="OrganSegException"><see cref="ErrorKind.Corrupt"/>: ONNX Runtime cannot load or run it;
    /// <see cref="ErrorKind.Invalid"/>: the signature or the recipe is not the contract's.</exception>
    public static OnnxModel Load(ModelDocument document, string variant, byte[] onnx, int threads, int maxBatch)
    {
        var name = $"{document.Model}@{document.Version}";
        var session = Open(name, ModelVariants.FileOf(variant), onnx, threads);
        OnnxModel? model = null;
        try
        {
            ModelSignature.Check(session, name, document.LabelSchema.Count, document.Preprocessing.Size);
            model = new OnnxModel(document, variant, session, maxBatch);
            var size = document.Preprocessing.Size;
            model.Run([new ByteImage(size, size)]);
            return model;
        }
        catch
        {
            // A model owns its session, its bindings and their tensors.
            (model ?? (IDisposable)session).Dispose();
            throw;
        }
    }

    /// <summary>Runs up to <c>maxBatch</c> slices of the recipe's size together.</summary>
    /// <returns>Label maps in the same order, owned by the caller.</returns>
    /// <exception cref="OrganSegException"><see cref="ErrorKind.Corrupt"/>: ONNX Runtime failed.</exception>
    public ByteImage[] Run(ReadOnlySpan<ByteImage> slices)
    {
        var pixels = _side * _side;
        for (var i = 0; i < slices.Length; i++)
        {
            TensorPrimitives.ConvertTruncating<byte, float>(slices[i].Pixels, _input.AsSpan(i * pixels, pixels));
        }

        var binding = _bindings[slices.Length - 1] ??= Bind(slices.Length);
        try
        {
            _session.RunWithBinding(_runOptions, binding.Io);
        }
        catch (OnnxRuntimeException error)
        {
            throw new OrganSegException(
                ErrorKind.Corrupt,
                $"{Document.Model}@{Document.Version}/{ModelVariants.FileOf(Variant)} cannot be run on {_side}×{_side} slices: {FirstLine(error)}",
                error);
        }

        var results = new ByteImage[slices.Length];
        for (var i = 0; i < results.Length; i++)
        {
            results[i] = new ByteImage(_side, _side, _labels.AsSpan(i * pixels, pixels).ToArray());
        }

        return results;
    }

    /// <summary>Logits of an input of any size, [classes, height, width].</summary>
    /// <exception cref="OrganSegException"><see cref="ErrorKind.Corrupt"/>: ONNX Runtime failed.</exception>
    public float[] Logits(byte[] grey, int height, int width)
    {
        var image = new float[grey.Length];
        TensorPrimitives.ConvertTruncating<byte, float>(grey, image);
        try
        {
            using var input = OrtValue.CreateTensorValueFromMemory(image, [1, 1, height, width]);
            using var outputs = _session.Run(_runOptions, [ModelSignature.Image], [input], [ModelSignature.Logits]);
            return outputs[0].GetTensorDataAsSpan<float>().ToArray();
        }
        catch (OnnxRuntimeException error)
        {
            throw new OrganSegException(
                ErrorKind.Corrupt,
                $"{Document.Model}@{Document.Version}/{ModelVariants.FileOf(Variant)} cannot be run: {FirstLine(error)}",
                error);
        }
    }

    public void Dispose()
    {
        foreach (var binding in _bindings)
        {
            binding?.Dispose();
        }

        _runOptions.Dispose();
        _session.Dispose();
    }

    private static InferenceSession Open(string name, string file, byte[] onnx, int threads)
    {
        using var options = new SessionOptions
        {
            GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_ALL,
            ExecutionMode = ExecutionMode.ORT_SEQUENTIAL,
            IntraOpNumThreads = threads,
            InterOpNumThreads = 1,
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR,
        };
        // Idle threads must not spin while PNG decoding and gRPC need the cores.
        options.AddSessionConfigEntry("session.force_spinning_stop", "1");
        try
        {
            return new InferenceSession(onnx, options);
        }
        catch (OnnxRuntimeException error)
        {
            throw new OrganSegException(
                ErrorKind.Corrupt,
                $"{name}/{file} is no ONNX graph that can be loaded: {FirstLine(error)} Publish the model again.",
                error);
        }
    }

    private Binding Bind(int batch)
    {
        var pixels = _side * _side;
        OrtValue? input = null, labels = null;
        OrtIoBinding? io = null;
        try
        {
            input = OrtValue.CreateTensorValueFromMemory(
                OrtMemoryInfo.DefaultInstance, _input.AsMemory(0, batch * pixels), [batch, 1, _side, _side]);
            labels = OrtValue.CreateTensorValueFromMemory(
                OrtMemoryInfo.DefaultInstance, _labels.AsMemory(0, batch * pixels), [batch, _side, _side]);
            io = _session.CreateIoBinding();
            io.BindInput(ModelSignature.Image, input);
            io.BindOutput(ModelSignature.Labels, labels);
            return new Binding(io, input, labels);
        }
        catch
        {
            io?.Dispose();
            labels?.Dispose();
            input?.Dispose();
            throw;
        }
    }

    private static string FirstLine(OnnxRuntimeException error) => error.Message.Split('\n')[0].Trim();

    private sealed record Binding(OrtIoBinding Io, OrtValue Input, OrtValue Labels) : IDisposable
    {
        public void Dispose()
        {
            Io.Dispose();
            Input.Dispose();
            Labels.Dispose();
        }
    }
}
