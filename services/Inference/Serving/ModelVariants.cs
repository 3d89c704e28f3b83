using System.Collections.Concurrent;
using Microsoft.Extensions.Options;
using OrganSeg.Storage;

namespace OrganSeg.Inference.Serving;

/// <summary>
/// The forms in which a version may be served, which of them a request means, and which cannot be served here, such as
/// those that do not compute rightly on this processor.
/// </summary>
internal sealed class ModelVariants(IOptions<InferenceOptions> options)
{
    public const string Float32 = "float32";
    public const string Auto = "auto";
    public const string Float32File = ModelDocument.OnnxFile;

    private readonly ConcurrentDictionary<(string Digest, string Variant), string> _refusals = new();

    /// <summary>The forms a version was published in, float32 first.</summary>
    public static IEnumerable<(string Name, ModelFile File)> Of(ModelDocument document)
    {
        foreach (var name in (string[])[Float32, .. QuantizedVariant.Names])
        {
            if (document.Files.TryGetValue(FileOf(name), out var file))
            {
                yield return (name, file);
            }
        }
    }

    /// <summary>Whether a version may be served in float32; to save space it may have been published in 8 bits only.</summary>
    public static bool HasFloat32(ModelDocument document) => document.Files.ContainsKey(Float32File);

    /// <summary>The file that holds a form.</summary>
    public static string FileOf(string variant) => variant == Float32 ? Float32File : QuantizedVariant.FileOf(variant);

    /// <summary>The form to load: <see cref="Float32"/> or <see cref="QuantizedVariant.AllBits"/>.</summary>
    /// <param name="document">The version.</param>
    /// <param name="asked">What the caller asks for; empty means this service's default.</param>
    /// <exception cref="OrganSegException">Invalid: there is no such form; Missing: this version was not published in it.</exception>
    public string Choose(ModelDocument document, string asked)
    {
        var wanted = asked.Length > 0 ? asked : options.Value.Variant;
        var quantized = Of(document).Any(variant => variant.Name != Float32);
        return wanted switch
        {
            // The service's own default is a wish; only a caller's word is binding.
            Float32 when quantized && !HasFloat32(document) => asked.Length == 0 ? QuantizedVariant.AllBits : throw new OrganSegException(
                ErrorKind.Missing, $"{document.Reference} was published in int8 only; ask for int8 or auto.")
            {
                IsNameless = true,
            },
            Float32 => Float32,
            Auto => quantized ? QuantizedVariant.AllBits : Float32,
            QuantizedVariant.AllBits when quantized => QuantizedVariant.AllBits,
            QuantizedVariant.AllBits when asked.Length == 0 => Float32,
            QuantizedVariant.AllBits => throw new OrganSegException(
                ErrorKind.Missing, $"{document.Reference} was not published in int8; quantize it, or ask for float32 or auto.")
            {
                IsNameless = true,
            },
            _ => throw OrganSegException.Invalid("variant", $"\"{wanted}\" is not {Float32}, {QuantizedVariant.AllBits} or {Auto}."),
        };
    }

    /// <summary>A form is tried again.</summary>
    public void Forget(ModelDocument document, string variant) => _refusals.TryRemove((document.Digest, variant), out _);

    /// <summary>Remembers why a form is not served.</summary>
    public void Refuse(ModelDocument document, string variant, string reason) => _refusals[(document.Digest, variant)] = reason;

    /// <summary>Why a form is not served; null when it is, or has not been tried.</summary>
    public string? Refusal(ModelDocument document, string variant) => _refusals.GetValueOrDefault((document.Digest, variant));
}
