namespace OrganSeg.Evaluator.Surfaces;

/// <summary>Rows that one thread works in, for planes up to a width and a height.</summary>
internal sealed class FieldScratch(int width, int height)
{
    public int Width => width;

    public int Height => height;

    public SiteRows Masks { get; } = new(width);

    /// <summary>Codes of a row of sites.</summary>
    public byte[] Codes { get; } = new byte[width + (2 * SiteRows.Slack)];

    /// <summary>The rows of a plane that have sites; the first <see cref="RowCount"/> are in use.</summary>
    public int[] Rows { get; } = new int[height];

    public int RowCount { get; set; }

    /// <summary>Offset along the row, for each of <see cref="Rows"/>.</summary>
    public short[] Columns { get; } = new short[height];

    /// <summary>What a parabola adds to y² - 2·y·row, in squares of the spacing of rows.</summary>
    public double[] Heights { get; } = new double[height];

    /// <summary>The lower envelope: indices into <see cref="Rows"/>.</summary>
    public int[] Hull { get; } = new int[height];

    /// <summary>Where each parabola of the envelope begins.</summary>
    public double[] Starts { get; } = new double[height + 1];

    /// <summary>1 / 2n for n rows.</summary>
    public double[] Halves { get; } = [.. Enumerable.Range(0, height + 1).Select(rows => 0.5 / rows)];
}
