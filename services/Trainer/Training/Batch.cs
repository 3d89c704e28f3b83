using static TorchSharp.torch;

namespace OrganSeg.Trainer.Training;

/// <summary>What one forward pass of training sees. Owns its tensors.</summary>
/// <param name="Slices">Places of its slices in the training split.</param>
/// <param name="Images">Grey values 0…255, [N, 1, H, W].</param>
/// <param name="Labels">Class ids, [N, H, W].</param>
internal sealed record Batch(int[] Slices, Tensor Images, Tensor Labels) : IDisposable
{
    public void Dispose()
    {
        Images.Dispose();
        Labels.Dispose();
    }
}
