namespace OrganSeg.Evaluator.Surfaces;

/// <summary>One organ of a label map, looked at within a box that holds it.</summary>
/// <param name="Grid">The map.</param>
/// <param name="Organ">Its class id.</param>
/// <param name="Extent">Where it lies.</param>
/// <param name="Box">Holds all of it.</param>
internal sealed record OrganMask(LabelGrid Grid, byte Organ, OrganExtent Extent, OrganBox Box)
{
    /// <summary>First and last column of a row of the map; the first is after the last where there is none, or no such row.</summary>
    public (int First, int Last) Row(int plane, int row) =>
        plane < Box.First || plane > Box.Last || row < Box.Top || row > Box.Bottom ? (short.MaxValue, -1) : Extent.Row(plane, row);
}
