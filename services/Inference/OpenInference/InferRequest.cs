namespace OrganSeg.Inference.OpenInference;

/// <summary>A ModelInfer request whose every field was checked against the model.</summary>
/// <param name="Image">float32 [N, 1, H, W], little-endian.</param>
/// <param name="Count">N.</param>
/// <param name="Height">H.</param>
/// <param name="Width">W.</param>
/// <param name="Outputs">Names in the order of the answer.</param>
/// <param name="IsRaw">Whether the contents came raw, and go back so.</param>
internal sealed record InferRequest(
    ReadOnlyMemory<byte> Image, int Count, int Height, int Width, IReadOnlyList<string> Outputs, bool IsRaw);
