namespace OrganSeg.Trainer.Export;

/// <summary>What a parity check does beyond comparing the outputs.</summary>
internal sealed record ParityOptions
{
    /// <summary>Seed of the random images.</summary>
    public ulong Seed { get; init; }

    /// <summary>
    /// Shapes [N, 1, H, W] of the random images: one of the usual size and a batch of images that are not square, unless
    /// told otherwise.
    /// </summary>
    public IReadOnlyList<long[]> RandomShapes { get; init; } = [[1, 1, 224, 224], [3, 1, 256, 192]];

    /// <summary>
    /// Whether every named layer is compared as well: the result of each convolution and batch norm that is a value of its
    /// own in the model. It takes a second pass of the model.
    /// </summary>
    public bool Layers { get; init; }

    /// <summary>Threads of an operation of ONNX Runtime; 0 is one for each core.</summary>
    public int Threads { get; init; }

    /// <summary>
    /// SHA-256 of the file of weights; null computes it from the network's parameters, as they would be published.
    /// </summary>
    public string? WeightsSha256 { get; init; }
}
