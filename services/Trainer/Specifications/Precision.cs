namespace OrganSeg.Trainer.Specifications;

/// <summary>Arithmetic of training steps. Weights, moments and averages are float32 in each.</summary>
internal enum Precision
{
    /// <summary>Everything in float32.</summary>
    Float32,

    /// <summary>Convolutions and matrix products round their inputs to ten bits of fraction; CUDA only.</summary>
    Tf32,

    /// <summary>Convolutions and activations in bfloat16.</summary>
    Bf16,
}
