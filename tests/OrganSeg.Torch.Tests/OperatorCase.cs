using OrganSeg.Onnx;

namespace OrganSeg.Torch.Tests;

/// <summary>One use of an operator.</summary>
/// <param name="Operator">The method of <see cref="ITensorOps{T}"/>.</param>
/// <param name="Inputs">Shapes of the inputs.</param>
/// <param name="Run">The use.</param>
/// <param name="Free">Whether the exported graph may leave the batch, and of images height and width, free.</param>
internal sealed record OperatorCase<T>(
    string Operator, long[][] Inputs, Func<ITensorOps<T>, T[], T> Run, bool Free = true);
