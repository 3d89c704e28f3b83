namespace OrganSeg.Trainer.Specifications;

/// <summary>How gradients become changes of the weights.</summary>
internal enum Optimizer
{
    /// <summary>Adam (arXiv:1412.6980) with β = 0.9 and 0.999, ε = 1e-8.</summary>
    Adam,
}
