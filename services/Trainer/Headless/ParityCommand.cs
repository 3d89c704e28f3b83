using System.Text;
using OrganSeg.Imaging;
using OrganSeg.Storage;
using OrganSeg.Trainer.Export;
using OrganSeg.Trainer.Publishing;
using static TorchSharp.torch;

namespace OrganSeg.Trainer.Headless;

/// <summary>
/// <c>Trainer parity --model DIR --images DIR</c>: compares a published model with its own weights again, on slices of the
/// user's choice. Ends with 0 when it passes, 1 when it does not, 2 when the command is wrong.
/// </summary>
internal static class ParityCommand
{
    public const string Verb = "parity";

    private const string Usage = """
        usage: Trainer parity --model DIR --images DIR [--layers] [--out FILE]

          --model DIR   a model version: model.onnx, weights.safetensors and model.json
          --images DIR  PNG slices; each is prepared as the model's recipe says
          --layers      compare every named layer too
          --out FILE    where the certificate goes; without it, it is printed
        """;

    private static readonly string[] WithValue = ["--model", "--images", "--out"];

    public static async Task<int> RunAsync(string[] args, TextWriter output, TextWriter errors, CancellationToken cancellationToken)
    {
        if (Parse(args) is not { } options)
        {
            await errors.WriteLineAsync(Usage.AsMemory(), cancellationToken);
            return 2;
        }

        var model = await ModelFolder.ReadAsync(options["--model"], cancellationToken);
        var images = await ImagesAsync(options["--images"], model.Document.Preprocessing, cancellationToken);
        var certificate = Compare(model, images, options.ContainsKey("--layers"), cancellationToken);
        if (options.TryGetValue("--out", out var file))
        {
            await WriteAsync(file, certificate.ToJson(), cancellationToken);
            await output.WriteLineAsync(Summary(model, certificate));
        }
        else
        {
            await output.WriteLineAsync(Encoding.UTF8.GetString(certificate.ToJson()));
        }

        return certificate.Passed ? 0 : 1;
    }

    private static ParityCertificate Compare(
        ModelFolder model, IReadOnlyList<ByteImage> images, bool layers, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        using var network = model.Network();
        Tensor[] samples = [.. images.Select(image => tensor(image.Pixels).reshape(1, 1, image.Height, image.Width))];
        var options = new ParityOptions { Layers = layers, WeightsSha256 = model.WeightsSha256 };
        return ParityCheck.Run(network, model.Onnx, samples, options, cancellationToken);
    }

    private static async Task<IReadOnlyList<ByteImage>> ImagesAsync(
        string folder, PreprocessingRecipe recipe, CancellationToken cancellationToken)
    {
        if (!Directory.Exists(folder))
        {
            throw OrganSegException.Invalid("--images", $"{folder} is not a folder");
        }

        var preprocessor = new SlicePreprocessor(recipe);
        var images = new List<ByteImage>();
        foreach (var path in Directory.EnumerateFiles(folder, "*.png").Order(StringComparer.Ordinal))
        {
            var png = await File.ReadAllBytesAsync(path, cancellationToken);
            images.Add(preprocessor.ToNetwork(Png.ReadGrey(png, Path.GetFileName(path))));
        }

        return images.Count > 0 ? images : throw OrganSegException.Invalid("--images", $"{folder} holds no PNG file");
    }

    private static async Task WriteAsync(string path, byte[] json, CancellationToken cancellationToken)
    {
        try
        {
            await File.WriteAllBytesAsync(path, json, cancellationToken);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw OrganSegException.Invalid("--out", $"{path} cannot be written: {error.Message}");
        }
    }

    private static string Summary(ModelFolder model, ParityCertificate certificate)
    {
        var verdict = certificate.Passed ? "passed" : "NOT passed";
        var errors = string.Join(", ", certificate.Outputs.Select(output =>
            FormattableString.Invariant($"{output.Name} {output.RelativeL2:0.0e-0}")));
        var worst = certificate.Layers?.MaxBy(layer => layer.RelativeL2) is { } layer
            ? FormattableString.Invariant($"; of {certificate.Layers.Count} layers the worst is {layer.Name} with {layer.RelativeL2:0.0e-0}")
            : "";
        return FormattableString.Invariant(
            $"{model.Document.Reference}: {verdict} on {certificate.RealSamples} slices and {certificate.Samples - certificate.RealSamples} random images; labels agree on {certificate.LabelAgreement:P4}; relative L2 error: {errors}{worst}")
            + (certificate.Failure is { } failure ? $"; {failure}" : "");
    }

    private static Dictionary<string, string>? Parse(string[] args)
    {
        var options = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var i = 1; i < args.Length; i++)
        {
            if (args[i] == "--layers")
            {
                options[args[i]] = "";
            }
            else if (WithValue.Contains(args[i], StringComparer.Ordinal) && i + 1 < args.Length)
            {
                options[args[i]] = args[++i];
            }
            else
            {
                return null;
            }
        }

        return options.ContainsKey("--model") && options.ContainsKey("--images") ? options : null;
    }
}
