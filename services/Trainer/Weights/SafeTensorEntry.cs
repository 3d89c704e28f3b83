namespace OrganSeg.Trainer.Weights;

/// <summary>One tensor of a header; its bytes are [Begin, End) of what follows the header.</summary>
internal sealed record SafeTensorEntry(string Name, SafeTensorType Type, long[] Shape, long Begin, long End);
