namespace OrganSeg.Inference.Serving;

/// <summary>Images of one size as a client sent them, and room for what the model makes of them.</summary>
/// <param name="Image">float32 [N, 1, H, W], grey values 0…255, little-endian.</param>
/// <param name="Count">N.</param>
/// <param name="Height">H, a multiple of 16.</param>
/// <param name="Width">W, a multiple of 16.</param>
/// <param name="Labels">uint8 [N, H, W]; null when nobody asks for it.</param>
/// <param name="Logits">float32 [N, C, H, W], little-endian; null when nobody asks for it.</param>
internal sealed record TensorBatch(ReadOnlyMemory<byte> Image, int Count, int Height, int Width, byte[]? Labels, byte[]? Logits);
