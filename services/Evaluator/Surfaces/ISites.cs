namespace OrganSeg.Evaluator.Surfaces;

/// <summary>The points that stand for the surface of an organ, on a grid of their own, [depth, rows, columns].</summary>
internal interface ISites
{
    int Width { get; }

    int Height { get; }

    int Depth { get; }

    /// <summary>How much surface a point carries, by its code; nothing where it is no site.</summary>
    double[] Weights { get; }

    /// <summary>Finds the codes of a row. May be called at the same time with different buffers.</summary>
    /// <param name="plane">From 0.</param>
    /// <param name="row">From 0.</param>
    /// <param name="codes">As long as a row and <see cref="SiteRows.Slack"/>; written from the first to the last column returned.</param>
    /// <param name="buffers">Room for the work.</param>
    /// <returns>Columns outside of which there are no sites; the first is after the last where there are none at all.</returns>
    (int First, int Last) Row(int plane, int row, Span<byte> codes, SiteRows buffers);
}
