using OrganSeg.Evaluator.Surfaces;
using OrganSeg.Imaging;
using OrganSeg.V1;

namespace OrganSeg.Evaluator.Volumes;

/// <summary>A reference volume and its predictions as they come in.</summary>
internal sealed class VolumeSet
{
    private readonly byte[][][] _maps;
    private readonly int[] _filled;
    private readonly int _width;
    private readonly int _height;

    /// <param name="offer">What is going to come.</param>
    /// <param name="models">Number of predictions.</param>
    /// <param name="options">Limits.</param>
    /// <exception cref="OrganSegException"><see cref="ErrorKind.Invalid"/>, naming the volume and field.</exception>
    public VolumeSet(LabelVolumes offer, int models, EvaluatorOptions options)
    {
        Name = offer.Name;
        foreach (var (field, side) in (ReadOnlySpan<(string, uint)>)[("columns", offer.Columns), ("rows", offer.Rows), ("planes", offer.Planes)])
        {
            if (side is 0 || side > options.MaxSide)
            {
                throw OrganSegException.Invalid(offer.Name, $"{field} is {side}; it must be 1 to {options.MaxSide}.");
            }
        }

        foreach (var (field, distance) in (ReadOnlySpan<(string, double)>)[("columnMm", offer.ColumnMm), ("rowMm", offer.RowMm), ("planeMm", offer.PlaneMm)])
        {
            if (!(distance is > 0 and < double.PositiveInfinity))
            {
                throw OrganSegException.Invalid(offer.Name, $"{field} is {distance}; it must be a distance above 0.");
            }
        }

        var bytes = (long)offer.Columns * offer.Rows * offer.Planes * (models + 1);
        if (bytes > (long)options.MaxVolumeMebibytes << 20)
        {
            throw OrganSegException.Invalid(
                offer.Name,
                $"has {offer.Columns}×{offer.Rows}×{offer.Planes} voxels in {models + 1} maps; at most {options.MaxVolumeMebibytes} MiB are accepted.");
        }

        if (offer.Sha256.Count != 0 && offer.Sha256.Count != models + 1)
        {
            throw OrganSegException.Invalid(offer.Name, $"sha256 has {offer.Sha256.Count} values for {models + 1} files; give one for each, or none.");
        }

        (_width, _height) = ((int)offer.Columns, (int)offer.Rows);
        Spacing = new GridSpacing(offer.ColumnMm, offer.RowMm, offer.PlaneMm);
        Sha256 = [.. offer.Sha256];
        _maps = [.. Enumerable.Range(0, models + 1).Select(_ => new byte[offer.Planes][])];
        _filled = new int[models + 1];
    }

    public string Name { get; }

    public GridSpacing Spacing { get; }

    /// <summary>Of the reference's file and each prediction's; may be empty.</summary>
    public IReadOnlyList<string> Sha256 { get; }

    public bool IsComplete => _filled.All(planes => planes == _maps[0].Length);

    public double VoxelMillilitres => Spacing.Column * Spacing.Row * Spacing.Plane / 1000;

    /// <summary>Takes the next planes of a map.</summary>
    /// <exception cref="OrganSegException"><see cref="ErrorKind.Invalid"/>, naming the volume.</exception>
    public void Add(LabelPlanes planes, LabelSchema schema)
    {
        var size = _width * _height;
        if (planes.Map >= _maps.Length)
        {
            throw OrganSegException.Invalid(Name, $"map {planes.Map} was not announced; there are {_maps.Length}.");
        }

        var count = planes.Data.Length / size;
        if (count == 0 || planes.Data.Length != count * size || _filled[planes.Map] + count > _maps[0].Length)
        {
            throw OrganSegException.Invalid(
                Name, $"map {planes.Map}: {planes.Data.Length} bytes are no whole planes of {_width}×{_height}, or more than announced.");
        }

        for (var i = 0; i < count; i++)
        {
            var plane = planes.Data.Span.Slice(i * size, size).ToArray();
            if (schema.TryFindUnknown(new ByteImage(_width, _height, plane), out var id))
            {
                var role = planes.Map == 0 ? "reference" : $"prediction {planes.Map}";
                throw OrganSegException.Invalid(Name, $"the {role} has class id {id}; the label schema ends at {schema.Count - 1}.");
            }

            _maps[planes.Map][_filled[planes.Map]++] = plane;
        }
    }

    /// <summary>The reference.</summary>
    public LabelGrid Reference() => new(_width, _height, _maps[0], isPlanar: false);

    /// <summary>A model's prediction.</summary>
    public LabelGrid Prediction(int model) => new(_width, _height, _maps[model + 1], isPlanar: false);
}
