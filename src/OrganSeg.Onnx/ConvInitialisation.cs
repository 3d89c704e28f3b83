namespace OrganSeg.Onnx;

/// <summary>How the weights of a convolution start.</summary>
public enum ConvInitialisation
{
    /// <summary>PyTorch's default: uniform within ±1/√fan_in (Kaiming uniform with a = √5).</summary>
    KaimingUniform,

    /// <summary>What ResNet starts with: normal with deviation √(2/fan_out) (arXiv:1502.01852).</summary>
    KaimingNormalFanOut,
}
