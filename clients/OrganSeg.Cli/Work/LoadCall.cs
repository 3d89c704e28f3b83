namespace OrganSeg.Cli.Work;

/// <summary>What a load is made of.</summary>
internal enum LoadCall
{
    /// <summary>SegmentSlice calls.</summary>
    Slice,

    /// <summary>One SegmentSlices call.</summary>
    Slices,

    /// <summary>ModelInfer calls of the Open Inference Protocol.</summary>
    Infer,
}
