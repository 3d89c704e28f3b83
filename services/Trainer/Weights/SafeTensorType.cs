using static TorchSharp.torch;

namespace OrganSeg.Trainer.Weights;

/// <summary>An element type: its name in the format, torch's, and its bytes.</summary>
internal sealed record SafeTensorType(string Name, ScalarType ScalarType, int Size)
{
    private static readonly SafeTensorType[] All =
    [
        new("F32", ScalarType.Float32, 4),
        new("F64", ScalarType.Float64, 8),
        new("F16", ScalarType.Float16, 2),
        new("BF16", ScalarType.BFloat16, 2),
        new("I64", ScalarType.Int64, 8),
        new("I32", ScalarType.Int32, 4),
        new("I16", ScalarType.Int16, 2),
        new("I8", ScalarType.Int8, 1),
        new("U8", ScalarType.Byte, 1),
        new("BOOL", ScalarType.Bool, 1),
    ];

    /// <summary>All names, for messages.</summary>
    public static string Names { get; } = string.Join(", ", All.Select(type => type.Name));

    /// <summary>Whether it holds fractions, and so can become float32.</summary>
    public bool IsFloating => Name is "F32" or "F64" or "F16" or "BF16";

    public static SafeTensorType? Named(string? name) => Array.Find(All, type => type.Name == name);

    public static SafeTensorType Of(string tensor, ScalarType scalarType) =>
        Array.Find(All, type => type.ScalarType == scalarType)
        ?? throw OrganSegException.Invalid(tensor, $"safetensors cannot hold {scalarType}");
}
