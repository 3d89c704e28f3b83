using System.Diagnostics;
using Microsoft.ML.OnnxRuntime;

namespace OrganSeg.Benchmarks;

/// <summary>A model in ONNX Runtime, with the session options of the Inference service.</summary>
internal sealed class TimedModel : IDisposable
{
    private readonly InferenceSession _session;
    private readonly RunOptions _options = new();
    private readonly OrtValue _image;

    public TimedModel(byte[] onnx, float[] image, int size, int threads)
    {
        using var options = new SessionOptions
        {
            IntraOpNumThreads = threads,
            InterOpNumThreads = 1,
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR,
        };
        options.AddSessionConfigEntry("session.force_spinning_stop", "1");
        _session = new InferenceSession(onnx, options);
        _image = OrtValue.CreateTensorValueFromMemory(image, [1, 1, size, size]);
    }

    /// <summary>Milliseconds of one slice.</summary>
    public double Run()
    {
        var start = Stopwatch.GetTimestamp();
        using var outputs = _session.Run(_options, ["image"], [_image], ["labels"]);
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }

    public void Dispose()
    {
        _image.Dispose();
        _options.Dispose();
        _session.Dispose();
    }
}
