using OrganSeg.Storage;

namespace OrganSeg.Trainer.Quantization;

/// <summary>What quantization gives: a certificate, and the models that passed by file name.</summary>
internal sealed record QuantizedModel(QuantizationCertificate Certificate, IReadOnlyDictionary<string, byte[]> Files)
{
    /// <summary>Whether a model may be served in 8 bits.</summary>
    public bool Passed => Files.Count > 0;

    /// <summary>Each form in words, with the organ that changed most, and what could not be judged.</summary>
    public string Describe() => string.Join("; ", Forms())
        + (Certificate.NotJudged.Count > 0 ? $"; cannot be judged: {string.Join(", ", Certificate.NotJudged)}" : "");

    /// <summary>Everything to publish beside the float model.</summary>
    public IEnumerable<KeyValuePair<string, ReadOnlyMemory<byte>>> Publication() => Files
        .Select(file => KeyValuePair.Create<string, ReadOnlyMemory<byte>>(file.Key, file.Value))
        .Append(new(QuantizationCertificate.File, Certificate.ToJson()));

    private IEnumerable<string> Forms() => Certificate.Variants.Select(variant =>
    {
        var worst = variant.F1Change.OrderBy(change => change.Value).FirstOrDefault();
        var change = worst.Key is null ? "no organ to score" : FormattableString.Invariant($"greatest loss of F1 {-worst.Value:F4} ({worst.Key})");
        var verdict = variant.Passed ? "passed"
            : variant.VectorError > variant.VectorTolerance ? "not published: this processor saturates"
            : "not published";
        return FormattableString.Invariant($"{variant.Name} {verdict}: {change}, labels agree on {variant.LabelAgreement:P2}");
    });
}
