namespace OrganSeg.Trainer.Quantization;

/// <summary>A real slice of network size: grey values and class ids, row-major.</summary>
internal sealed record QuantizationSlice(byte[] Grey, byte[] Labels);
