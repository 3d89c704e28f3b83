namespace OrganSeg.Onnx;

/// <summary>One dimension of a shape: a number, a name that stands for a number known at run time, or neither.</summary>
public readonly record struct OnnxDimension
{
    private OnnxDimension(long? size, string? name)
    {
        Size = size;
        Name = name;
    }

    /// <summary>A dimension about which nothing is known.</summary>
    public static OnnxDimension Unknown => default;

    /// <summary>The number, where it is known.</summary>
    public long? Size { get; }

    /// <summary>The name, such as <c>N</c>; equal names stand for equal numbers.</summary>
    public string? Name { get; }

    /// <summary>A dimension of a known size.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The size is negative.</exception>
    public static implicit operator OnnxDimension(long size) => FromInt64(size);

    /// <summary>A dimension known by name.</summary>
    public static implicit operator OnnxDimension(string name) => FromString(name);

    /// <summary>A dimension of a known size.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The size is negative.</exception>
    public static OnnxDimension FromInt64(long size)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(size);
        return new(size, null);
    }

    /// <summary>A dimension known by name.</summary>
    public static OnnxDimension FromString(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return new(null, name);
    }

    /// <inheritdoc/>
    public override string ToString() => Size?.ToString() ?? Name ?? "?";
}
