using System.Security.Cryptography;
using System.Text.Json;
using OrganSeg.Storage;
using OrganSeg.Trainer.Import;
using OrganSeg.Trainer.Networks;
using OrganSeg.Trainer.Specifications;
using OrganSeg.Trainer.Weights;
using static TorchSharp.torch;

namespace OrganSeg.Trainer.Publishing;

/// <summary>A published version of a model as a folder of files, such as a copy of <c>models/{model}/{version}</c>.</summary>
/// <param name="Document">What <c>model.json</c> says.</param>
/// <param name="Onnx">The float32 model.</param>
/// <param name="Weights">The safetensors file.</param>
internal sealed record ModelFolder(ModelDocument Document, byte[] Onnx, byte[] Weights)
{
    public const string DocumentFile = "model.json";
    public const string OnnxFile = "model.onnx";
    public const string WeightsFile = "weights.safetensors";

    /// <summary>SHA-256 of the weights, lower-case hexadecimal.</summary>
    public string WeightsSha256 => Convert.ToHexStringLower(SHA256.HashData(Weights));

    /// <summary>Reads the folder and checks its files against the document.</summary>
    /// <exception cref="OrganSegException">Missing or Corrupt, naming the file.</exception>
    public static async Task<ModelFolder> ReadAsync(string path, CancellationToken cancellationToken)
    {
        var document = StoredJson.Deserialize<ModelDocument>(
            await FileAsync(path, DocumentFile, cancellationToken), Path.Combine(path, DocumentFile));
        return new ModelFolder(
            document,
            Checked(document, OnnxFile, await FileAsync(path, OnnxFile, cancellationToken)),
            Checked(document, WeightsFile, await FileAsync(path, WeightsFile, cancellationToken)));
    }

    /// <summary>The network that the weights belong to; the caller owns it.</summary>
    /// <exception cref="OrganSegException">Invalid: the weights are not those of the document's architecture.</exception>
    public SegmentationNetwork Network()
    {
        using var scope = NewDisposeScope();
        var network = SegmentationNetwork.Create(Options(), seed: 0);
        try
        {
            network.LoadState(SafeTensors.Read(Weights, WeightsFile));
            return network;
        }
        catch
        {
            network.Dispose();
            throw;
        }
    }

    /// <summary>
    /// The options that the weights tell, since a model need not come from a run; only dilation and the lack of gates leave no trace in them.
    /// </summary>
    private NetworkOptions Options()
    {
        var options = new NetworkOptions { Architecture = Document.Architecture };
        options.Validate();
        if (Document.Specification is { ValueKind: JsonValueKind.Object } run
            && run.TryGetProperty("folds", out _)
            && RunSpecification.FromJson(run) is { IsCrossValidation: true } crossValidation)
        {
            // Its weights are those of several networks, and it always comes from a run.
            return crossValidation.Network;
        }

        if (Document.Specification is { ValueKind: JsonValueKind.Object } specification
            && specification.TryGetProperty("dilation", out var dilation)
            && dilation.ValueKind == JsonValueKind.Number
            && dilation.TryGetInt32(out var value))
        {
            options = options with { Dilation = value };
        }

        if (Document.Specification is { ValueKind: JsonValueKind.Object } settings
            && settings.TryGetProperty("gates", out var gates)
            && gates.ValueKind == JsonValueKind.False)
        {
            options = options with { Gates = false };
        }

        var plan = new ImportPlan(Document.Model, options, new HashSet<string>(), null, [], WeightsFile);
        return ImportedNetwork.OptionsOf(plan, SafeTensors.ReadHeader(Weights, WeightsFile));
    }

    private static byte[] Checked(ModelDocument document, string file, byte[] content) =>
        document.Files.TryGetValue(file, out var expected) && expected.Sha256 != Convert.ToHexStringLower(SHA256.HashData(content))
            ? throw new OrganSegException(
                ErrorKind.Corrupt, $"{file} is not the file that {DocumentFile} lists: its SHA-256 is another. Restore it from a copy.")
            : content;

    private static async Task<byte[]> FileAsync(string folder, string file, CancellationToken cancellationToken)
    {
        var path = Path.Combine(folder, file);
        try
        {
            return await File.ReadAllBytesAsync(path, cancellationToken);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new OrganSegException(
                ErrorKind.Missing, $"{path} cannot be read; name the folder of a published model version.", error);
        }
    }
}
