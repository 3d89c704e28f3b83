namespace OrganSeg.Trainer.Specifications;

/// <summary>How gradients become changes of the weights.</summary>
internal enum Optimizer
{
    /// <summary>Adam (arXiv:1412.6980) with β = 0.9 and 0.999, ε = 1e-8; weight decay is added to the gradient.</summary>
    Adam,

    /// <summary>Adam with weight decay apart from the moments (arXiv:1711.05101).</summary>
    AdamW,

    /// <summary>Gradient descent with Nesterov's momentum, as PyTorch writes it.</summary>
    Sgd,
}
