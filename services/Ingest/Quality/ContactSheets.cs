using OrganSeg.Imaging;
using OrganSeg.Imaging.Figures;

namespace OrganSeg.Ingest.Quality;

/// <summary>Chooses slices to be looked at, while they pass by, and paints them. A few images are in memory.</summary>
/// <param name="schema">The classes.</param>
/// <param name="cases">Number of cases that will pass by.</param>
internal sealed class ContactSheets(LabelSchema schema, int cases)
{
    private const int Tiles = 12;
    private const int Columns = 4;
    private const int TileHeight = 224;
    private const int DoubtfulOfACase = 2;

    private readonly List<PanelTile> _overview = [];
    private readonly List<PanelTile> _doubtful = [];
    private int _passed;

    /// <summary>Takes up of every so many cases the slice with the most organs, and slices in which something was found.</summary>
    /// <param name="name">Name of the case.</param>
    /// <param name="slices">Its slices.</param>
    /// <param name="doubtful">Names of those in which something was found.</param>
    public void Add(string name, IReadOnlyList<ExaminedSlice> slices, IReadOnlySet<string> doubtful)
    {
        // As many cases, evenly over all of them, as there are tiles.
        var shown = Math.Min(Tiles, cases);
        if ((_passed * shown / cases) != ((_passed + 1) * shown / cases))
        {
            _overview.Add(Tile(name, slices
                .OrderByDescending(slice => schema.Organs.Count(organ => slice.Facts.Area[organ.Id] > 0))
                .ThenByDescending(slice => schema.Organs.Sum(organ => slice.Facts.Area[organ.Id]))
                .First()));
        }

        _passed++;
        _doubtful.AddRange(slices
            .Where(slice => doubtful.Contains(slice.Slice.Name))
            .Take(Math.Min(DoubtfulOfACase, Tiles - _doubtful.Count))
            .Select(slice => Tile(name, slice)));
    }

    /// <summary>A slice of up to twelve cases, as a PNG file.</summary>
    public byte[] Overview() => Paint(_overview);

    /// <summary>Slices in which something was found, as a PNG file; null without any.</summary>
    public byte[]? Doubtful() => _doubtful.Count > 0 ? Paint(_doubtful) : null;

    private static PanelTile Tile(string name, ExaminedSlice slice) => new(
        slice.Slice.Name.StartsWith(name, StringComparison.Ordinal) ? slice.Slice.Name : $"{name} {slice.Slice.Name}",
        slice.Slice.Image,
        slice.Slice.Labels);

    private byte[] Paint(List<PanelTile> tiles) =>
        new PanelPainter(schema) { TileHeight = TileHeight }.Paint([.. tiles.Chunk(Columns)]);
}
