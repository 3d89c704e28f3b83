namespace OrganSeg.Evaluator.Surfaces;

/// <summary>The voxels from a first to a last one along each axis, both included.</summary>
internal readonly record struct OrganBox(int Left, int Top, int First, int Right, int Bottom, int Last)
{
    public static OrganBox Empty => new(int.MaxValue, int.MaxValue, int.MaxValue, -1, -1, -1);

    public bool IsEmpty => Right < 0;

    public int Width => Right - Left + 1;

    public int Height => Bottom - Top + 1;

    public int Depth => Last - First + 1;

    /// <summary>The smallest box around both.</summary>
    public OrganBox With(OrganBox other) => new(
        Math.Min(Left, other.Left),
        Math.Min(Top, other.Top),
        Math.Min(First, other.First),
        Math.Max(Right, other.Right),
        Math.Max(Bottom, other.Bottom),
        Math.Max(Last, other.Last));
}
