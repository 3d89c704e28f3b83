using Microsoft.ML.OnnxRuntime;
using OrganSeg.Trainer.Export;
using SessionOptions = Microsoft.ML.OnnxRuntime.SessionOptions;

namespace OrganSeg.Trainer.Quantization;

/// <summary>A model in ONNX Runtime, fed with single slices.</summary>
internal sealed class OnnxSession : IDisposable
{
    private readonly InferenceSession _session;
    private readonly RunOptions _options = new();

    /// <param name="onnx">The model.</param>
    /// <param name="threads">Threads of an operation; 0 is one for each core.</param>
    /// <param name="asWritten">
    /// Whether nodes are computed one by one as they stand, so that what stands between QuantizeLinear and DequantizeLinear
    /// is computed in floating point and not by integer kernels.
    /// </param>
    /// <exception cref="OrganSegException">NotReady: ONNX Runtime refuses the model.</exception>
    public OnnxSession(byte[] onnx, int threads, bool asWritten = false)
    {
        using var options = new SessionOptions
        {
            GraphOptimizationLevel = asWritten ? GraphOptimizationLevel.ORT_DISABLE_ALL : GraphOptimizationLevel.ORT_ENABLE_ALL,
            IntraOpNumThreads = threads,
            InterOpNumThreads = 1,
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR,
        };
        // Idle threads must not take the cores from whatever else this process does.
        options.AddSessionConfigEntry("session.force_spinning_stop", "1");
        try
        {
            _session = new InferenceSession(onnx, options);
        }
        catch (OnnxRuntimeException error)
        {
            _options.Dispose();
            throw Refused(error);
        }
        catch
        {
            _options.Dispose();
            throw;
        }
    }

    /// <summary>Class ids of a square or other slice.</summary>
    public byte[] Labels(byte[] grey, int height, int width) =>
        Run(grey, height, width, [OnnxExporter.Labels], outputs => outputs[0].GetTensorDataAsSpan<byte>().ToArray());

    /// <summary>Logits of a slice.</summary>
    public float[] Logits(byte[] grey, int height, int width) =>
        Run(grey, height, width, [OnnxExporter.Logits], outputs => outputs[0].GetTensorDataAsSpan<float>().ToArray());

    /// <summary>Runs a slice and hands the outputs over while they live.</summary>
    public T Run<T>(
        byte[] grey, int height, int width, IReadOnlyCollection<string> names, Func<IReadOnlyList<OrtValue>, T> use)
    {
        var image = Array.ConvertAll(grey, value => (float)value);
        try
        {
            using var input = OrtValue.CreateTensorValueFromMemory(image, [1, 1, height, width]);
            using var outputs = _session.Run(_options, [OnnxExporter.Image], [input], names);
            return use([.. outputs]);
        }
        catch (OnnxRuntimeException error)
        {
            throw Refused(error);
        }
    }

    public void Dispose()
    {
        _options.Dispose();
        _session.Dispose();
    }

    private static OrganSegException Refused(OnnxRuntimeException error) =>
        new(ErrorKind.NotReady, $"ONNX Runtime cannot run the model: {error.Message.Split('\n')[0].Trim()}", error);
}
