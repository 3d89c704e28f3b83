using System.Numerics;

namespace OrganSeg.Evaluator.Surfaces;

/// <summary>Rows of an organ's mask, 1 inside and 0 outside, with a column of margin on either side. One for each thread.</summary>
internal sealed class SiteRows(int width)
{
    /// <summary>Bytes that vectors may read or write beyond the end of a row.</summary>
    public static readonly int Slack = Vector<byte>.Count;

    private readonly byte[][] _rows = [.. Enumerable.Range(0, 7).Select(_ => new byte[width + 2 + (2 * Slack)])];

    /// <summary>One of seven rows; index 0 is the column before the box.</summary>
    public ReadOnlySpan<byte> this[int index] => _rows[index];

    /// <summary>Fills the columns from the one before <paramref name="first"/> to the one after <paramref name="last"/>, both
    /// counted within the box.</summary>
    public void Fill(int index, OrganMask mask, int plane, int row, int first, int last)
    {
        var target = _rows[index].AsSpan();
        target.Slice(first, last - first + 3).Clear();
        var (from, to) = mask.Row(plane, row);
        if (from > to)
        {
            return;
        }

        var labels = mask.Grid.Row(plane, row)[from..(to + 1)];
        var inside = target.Slice(from - mask.Box.Left + 1, labels.Length);
        var organ = new Vector<byte>(mask.Organ);
        var x = 0;
        for (; x <= labels.Length - Vector<byte>.Count; x += Vector<byte>.Count)
        {
            (Vector.Equals(new Vector<byte>(labels[x..]), organ) & Vector<byte>.One).CopyTo(inside[x..]);
        }

        for (; x < labels.Length; x++)
        {
            inside[x] = labels[x] == mask.Organ ? (byte)1 : (byte)0;
        }
    }
}
