using System.Buffers;
using System.Numerics.Tensors;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
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
    private const string Cuda = "CUDA";
    private const int BatchOnCuda = 8;
    private const int BatchOnProcessor = 2;

    private readonly InferenceSession _session;
    private readonly RunOptions _runOptions = new();
    private readonly int _side;
    private readonly float[] _input;
    private readonly byte[] _labels;
    private readonly Binding?[] _bindings;

    private OnnxModel(ModelDocument document, string variant, InferenceSession session, string device, int maxBatch)
    {
        Device = device;
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

    /// <summary>Most slices of one run.</summary>
    public int MaxBatch => _bindings.Length;

    /// <summary>What the catalogue says about this version.</summary>
    public ModelDocument Document { get; }

    /// <summary>The form of the version that is loaded.</summary>
    public string Variant { get; }

    /// <summary>What it runs on: CPU or CUDA.</summary>
    public string Device { get; }

    /// <summary>The model's own recipe.</summary>
    public SlicePreprocessor Preprocessor { get; }

    /// <summary>Loads a graph, checks its signature, and runs it once so that the first caller does not pay for it.</summary>
    /// <exception cref="OrganSegException"><see cref="ErrorKind.Corrupt"/>: ONNX Runtime cannot load or run it;
    /// <see cref="ErrorKind.Invalid"/>: the signature or the recipe is not the contract's.</exception>
    public static OnnxModel Load(ModelDocument document, string variant, byte[] onnx, int threads, int maxBatch = 0)
    {
        var name = $"{document.Model}@{document.Version}";
        var (session, device) = Open(name, ModelVariants.FileOf(variant), onnx, threads);
        OnnxModel? model = null;
        try
        {
            ModelSignature.Check(session, name, document.LabelSchema.Count, document.Preprocessing.Size);
            model = new OnnxModel(document, variant, session, device, maxBatch > 0 ? maxBatch : device == Cuda ? BatchOnCuda : BatchOnProcessor);
            var size = document.Preprocessing.Size;
            model.Run([new ByteImage(size, size)], CancellationToken.None);
            return model;
        }
        catch
        {
            // A model owns its session, its bindings and their tensors.
            (model ?? (IDisposable)session).Dispose();
            throw;
        }
    }

    /// <summary>Runs up to <see cref="MaxBatch"/> slices of the recipe's size together.</summary>
    /// <returns>Label maps in the same order, owned by the caller.</returns>
    /// <exception cref="OrganSegException"><see cref="ErrorKind.Corrupt"/>: ONNX Runtime failed.</exception>
    /// <exception cref="OperationCanceledException">Nobody waits for it any more; the run ends at its next operator.</exception>
    public ByteImage[] Run(ReadOnlySpan<ByteImage> slices, CancellationToken cancellationToken)
    {
        var pixels = _side * _side;
        for (var i = 0; i < slices.Length; i++)
        {
            TensorPrimitives.ConvertTruncating<byte, float>(slices[i].Pixels, _input.AsSpan(i * pixels, pixels));
        }

        var binding = _bindings[slices.Length - 1] ??= Bind(slices.Length);
        Run(() => _session.RunWithBinding(_runOptions, binding.Io), _side, _side, cancellationToken);
        var results = new ByteImage[slices.Length];
        for (var i = 0; i < results.Length; i++)
        {
            results[i] = new ByteImage(_side, _side, _labels.AsSpan(i * pixels, pixels).ToArray());
        }

        return results;
    }

    /// <summary>Runs a tensor of any size, at most <see cref="MaxBatch"/> images at a time, and fills the outputs asked for.</summary>
    /// <exception cref="OrganSegException"><see cref="ErrorKind.Corrupt"/>: ONNX Runtime failed.</exception>
    /// <exception cref="OperationCanceledException">The caller has gone; the run ends at its next operator.</exception>
    public void Run(TensorBatch batch, CancellationToken cancellationToken)
    {
        var pixels = batch.Height * batch.Width;
        for (var first = 0; first < batch.Count; first += _bindings.Length)
        {
            RunPart(batch, first, Math.Min(_bindings.Length, batch.Count - first), pixels, cancellationToken);
        }
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

    private static (InferenceSession Session, string Device) Open(string name, string file, byte[] onnx, int threads)
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
        var device = UseCuda(options) ? Cuda : "CPU";
        try
        {
            return (new InferenceSession(onnx, options), device);
        }
        catch (OnnxRuntimeException error)
        {
            throw new OrganSegException(
                ErrorKind.Corrupt,
                $"{name}/{file} is no ONNX graph that can be loaded: {FirstLine(error)} Publish the model again.",
                error);
        }
    }

    /// <summary>Whether this build has CUDA and the machine has a device for it.</summary>
    private static bool UseCuda(SessionOptions options)
    {
        if (!OrtEnv.Instance().GetAvailableProviders().Contains("CUDAExecutionProvider"))
        {
            return false;
        }

        try
        {
            options.AppendExecutionProvider_CUDA(deviceId: 0);
            return true;
        }
        catch (OnnxRuntimeException)
        {
            return false;
        }
    }

    private unsafe void RunPart(TensorBatch batch, int first, int count, int pixels, CancellationToken cancellationToken)
    {
        var classes = Document.LabelSchema.Count;
        using var inputPin = batch.Image.Slice(sizeof(float) * first * pixels, sizeof(float) * count * pixels).Pin();
        using var input = Tensor(inputPin, TensorElementType.Float, sizeof(float), [count, 1, batch.Height, batch.Width]);
        using var labelsPin = (batch.Labels ?? []).AsMemory().Pin();
        using var logitsPin = (batch.Logits ?? []).AsMemory().Pin();
        var (names, outputs) = (new List<string>(2), new List<OrtValue>(2));
        try
        {
            if (batch.Labels is not null)
            {
                names.Add(ModelSignature.Labels);
                outputs.Add(Tensor(labelsPin, TensorElementType.UInt8, 1, [count, batch.Height, batch.Width], first * pixels));
            }

            if (batch.Logits is not null)
            {
                names.Add(ModelSignature.Logits);
                outputs.Add(Tensor(
                    logitsPin, TensorElementType.Float, sizeof(float), [count, classes, batch.Height, batch.Width], first * classes * pixels));
            }

            Run(
                () => _session.Run(_runOptions, [ModelSignature.Image], [input], names, outputs), batch.Width, batch.Height, cancellationToken);
        }
        finally
        {
            outputs.ForEach(output => output.Dispose());
        }

        OrtValue Tensor(MemoryHandle pin, TensorElementType type, int size, long[] shape, long offset = 0) =>
            OrtValue.CreateTensorValueWithData(
                OrtMemoryInfo.DefaultInstance, type, shape, (IntPtr)((byte*)pin.Pointer + (offset * size)), shape.Aggregate((long)size, (a, b) => a * b));
    }

    private void Run(Action run, int width, int height, CancellationToken cancellationToken)
    {
        try
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var _ = cancellationToken.UnsafeRegister(options => ((RunOptions)options!).Terminate = true, _runOptions);
            run();
        }
        catch (OnnxRuntimeException error)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw new OrganSegException(
                ErrorKind.Corrupt,
                $"{Document.Model}@{Document.Version}/{ModelVariants.FileOf(Variant)} cannot be run on {width}×{height} slices: {FirstLine(error)}",
                error);
        }
        finally
        {
            // Also where the caller left when the run had just ended.
            _runOptions.Terminate = false;
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
