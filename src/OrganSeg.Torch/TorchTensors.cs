using OrganSeg.Onnx;
using static TorchSharp.torch;

namespace OrganSeg.Torch;

/// <summary>Tensors of TorchSharp as constants of an ONNX graph.</summary>
public static class TorchTensors
{
    /// <summary>A copy of a tensor's values, wherever it lies and however it is laid out.</summary>
    /// <param name="tensor">Float or int64, of any shape and device; it is not changed.</param>
    /// <returns>The same values, row-major.</returns>
    /// <exception cref="ArgumentException">Elements of another type.</exception>
    public static OnnxTensor ToOnnx(Tensor tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        using var scope = NewDisposeScope();
        var values = tensor.detach().cpu().contiguous();
        return values.dtype switch
        {
            ScalarType.Float32 => OnnxTensor.Floats(values.data<float>().ToArray(), values.shape),
            ScalarType.Int64 => OnnxTensor.Int64s(values.data<long>().ToArray(), values.shape),
            var other => throw new ArgumentException($"A tensor of {other} has no constant; convert it to Float32.", nameof(tensor)),
        };
    }
}
