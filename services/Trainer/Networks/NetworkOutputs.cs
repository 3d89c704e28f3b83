namespace OrganSeg.Trainer.Networks;

/// <summary>What a network gives for a batch of images.</summary>
/// <param name="Logits">[N, classes, H, W].</param>
/// <param name="Auxiliary">
/// Logits of the auxiliary head, [N, classes, H, W]; empty unless <see cref="NetworkOptions.Auxiliary"/> asks for it.
/// </param>
/// <param name="AttentionMaps">
/// One for each attention gate, the coarsest first: [N, 1, h, w] with values 0…1, as large as the skip that it multiplies;
/// empty for a network without gates.
/// </param>
internal sealed record NetworkOutputs<T>(T Logits, IReadOnlyList<T> Auxiliary, IReadOnlyList<T> AttentionMaps)
{
    public NetworkOutputs(T logits, params IReadOnlyList<T> attentionMaps)
        : this(logits, [], attentionMaps)
    {
    }

    /// <summary>The same with each value changed.</summary>
    public NetworkOutputs<T> Select(Func<T, T> change) =>
        new(change(Logits), [.. Auxiliary.Select(change)], [.. AttentionMaps.Select(change)]);
}
