using OrganSeg.Storage;

namespace OrganSeg.Inference.Serving;

/// <summary>
/// What a version's certificates say of its files. A file that no certificate speaks for may have been put there by
/// anybody, and is not served.
/// </summary>
internal sealed class ModelCertificates(ModelCatalogue catalogue)
{
    private const string WeightsFile = "weights.safetensors";

    /// <summary>Checks that the version passed the comparison with its network, and with these very files.</summary>
    /// <exception cref="OrganSegException"><see cref="ErrorKind.Corrupt"/>, naming the certificate and what is wrong.</exception>
    public async Task<ParityCertificate> CheckParityAsync(ModelDocument document)
    {
        var certificate = ParityCertificate.FromJson(await ReadAsync(document, ParityCertificate.File));
        if (!certificate.Passed)
        {
            throw Refused(document, ParityCertificate.File, "says that the model does not compute what its network does");
        }

        if (ModelVariants.HasFloat32(document))
        {
            CheckHash(document, ParityCertificate.File, ModelVariants.Float32File, certificate.OnnxSha256);
        }

        if (certificate.WeightsSha256 is { } weights && document.Files.ContainsKey(WeightsFile))
        {
            CheckHash(document, ParityCertificate.File, WeightsFile, weights);
        }

        return certificate;
    }

    /// <summary>What is certified of an 8-bit form: it passed, made of this float model, and is this very file.</summary>
    /// <param name="document">The version.</param>
    /// <param name="variant">The form.</param>
    /// <param name="parity">What was certified of the float model, which need not be there itself.</param>
    /// <exception cref="OrganSegException"><see cref="ErrorKind.Corrupt"/>, naming the certificate and what is wrong.</exception>
    public async Task<QuantizedVariant> CheckAsync(ModelDocument document, string variant, ParityCertificate parity)
    {
        const string File = QuantizationCertificate.File;
        var certificate = QuantizationCertificate.FromJson(await ReadAsync(document, File));
        var form = certificate.Variants.FirstOrDefault(form => form.Name == variant)
            ?? throw Refused(document, File, $"says nothing of {variant}");
        if (!form.Passed)
        {
            throw Refused(document, File, $"says that {variant} did not pass");
        }

        if (certificate.OnnxSha256 != parity.OnnxSha256)
        {
            throw Refused(document, File, $"is of another {ModelVariants.Float32File} than {ParityCertificate.File}");
        }

        CheckHash(document, File, form.File, form.Sha256);
        return form;
    }

    private async Task<byte[]> ReadAsync(ModelDocument document, string file) =>
        document.Files.ContainsKey(file)
            ? await catalogue.ReadFileAsync(document, file, CancellationToken.None)
            : throw new OrganSegException(
                ErrorKind.Corrupt, $"{document.Reference} has no {file}, so nothing speaks for it. Publish the model again.");

    private static void CheckHash(ModelDocument document, string certificate, string file, string sha256)
    {
        // What the document says of a file is checked when the file is read.
        if (document.Files.GetValueOrDefault(file)?.Sha256 != sha256)
        {
            throw Refused(document, certificate, $"is of another {file} than this version's");
        }
    }

    private static OrganSegException Refused(ModelDocument document, string certificate, string problem) =>
        new(ErrorKind.Corrupt, $"{document.Reference}/{certificate} {problem}. Publish the model again.");
}
