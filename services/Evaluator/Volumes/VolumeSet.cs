using OrganSeg.Evaluator.Surfaces;
using OrganSeg.Imaging;
using OrganSeg.V1;

namespace OrganSeg.Evaluator.Volumes;

/// <summary>A reference volume and its predictions as they come in.</summary>
internal sealed class VolumeSet
{
    // Beyond, squares of distances leave the range of numbers.
    private const double LeastMm = 1e-4;
    private const double MostMm = 1e4;

    private const double ShearedShare = 0.01;

    private readonly byte[][][] _maps;
    private readonly int[] _filled;
    private readonly int _width;
    private readonly int _height;
    private readonly IReadOnlyList<string> _models;

    /// <param name="offer">What is going to come.</param>
    /// <param name="models">Names of the models that predicted it.</param>
    /// <param name="options">Limits.</param>
    /// <exception cref="OrganSegException"><see cref="ErrorKind.Invalid"/>, naming the volume and field.</exception>
    public VolumeSet(LabelVolumes offer, IReadOnlyList<string> models, EvaluatorOptions options)
    {
        (Name, _models) = (offer.Name, models);
        foreach (var (field, side) in (ReadOnlySpan<(string, uint)>)[("columns", offer.Columns), ("rows", offer.Rows), ("planes", offer.Planes)])
        {
            if (side is 0 || side > options.MaxSide)
            {
                throw OrganSegException.Invalid(offer.Name, $"{field} is {side}; it must be 1 to {options.MaxSide}.");
            }
        }

        foreach (var (field, distance) in (ReadOnlySpan<(string, double)>)[("columnMm", offer.ColumnMm), ("rowMm", offer.RowMm), ("planeMm", offer.PlaneMm)])
        {
            if (!(distance is >= LeastMm and <= MostMm))
            {
                throw OrganSegException.Invalid(offer.Name, FormattableString.Invariant($"{field} is {distance}; it must be {LeastMm} to {MostMm} mm."));
            }
        }

        var product = offer.ColumnMm * offer.RowMm * offer.PlaneMm / 1000;
        if (!(offer.VoxelMillilitres >= 0 && offer.VoxelMillilitres <= product * (1 + ShearedShare)))
        {
            throw OrganSegException.Invalid(
                offer.Name, FormattableString.Invariant($"voxelMillilitres is {offer.VoxelMillilitres}; it must be at most {product}, the product of the distances."));
        }

        var bytes = (long)offer.Columns * offer.Rows * offer.Planes * (models.Count + 1);
        if (bytes > (long)options.MaxVolumeMebibytes << 20)
        {
            throw OrganSegException.Invalid(
                offer.Name,
                $"has {offer.Columns}×{offer.Rows}×{offer.Planes} voxels in {models.Count + 1} maps; at most {options.MaxVolumeMebibytes} MiB are accepted.");
        }

        if (offer.Sha256.Count != 0 && offer.Sha256.Count != models.Count + 1)
        {
            throw OrganSegException.Invalid(offer.Name, $"sha256 has {offer.Sha256.Count} values for {models.Count + 1} files; give one for each, or none.");
        }

        (_width, _height) = ((int)offer.Columns, (int)offer.Rows);
        Spacing = new GridSpacing(offer.ColumnMm, offer.RowMm, offer.PlaneMm);
        Sha256 = [.. offer.Sha256];
        VoxelMillilitres = offer.VoxelMillilitres > 0 ? offer.VoxelMillilitres : product;
        IsSheared = VoxelMillilitres < product * (1 - ShearedShare);
        Grid = FormattableString.Invariant($"{offer.Columns} {offer.Rows} {offer.Planes} {offer.ColumnMm:R} {offer.RowMm:R} {offer.PlaneMm:R} {VoxelMillilitres:R}");
        _maps = [.. Enumerable.Range(0, models.Count + 1).Select(_ => new byte[offer.Planes][])];
        _filled = new int[models.Count + 1];
    }

    public string Name { get; }

    public GridSpacing Spacing { get; }

    /// <summary>Of the reference's file and each prediction's; may be empty.</summary>
    public IReadOnlyList<string> Sha256 { get; }

    public bool IsComplete => _filled.All(planes => planes == _maps[0].Length);

    public double VoxelMillilitres { get; }

    /// <summary>Whether its axes do not stand upright on one another, as under a tilted gantry.</summary>
    public bool IsSheared { get; }

    /// <summary>All that the grid is.</summary>
    public string Grid { get; }

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
                var role = planes.Map == 0 ? "the reference" : _models.Count == 1 ? "the prediction" : $"the prediction of {_models[(int)planes.Map - 1]}";
                throw OrganSegException.Invalid(Name, $"{role} has class id {id}; the label schema ends at {schema.Count - 1}.");
            }

            _maps[planes.Map][_filled[planes.Map]++] = plane;
        }
    }

    /// <summary>The reference.</summary>
    public LabelGrid Reference() => new(_width, _height, _maps[0], isPlanar: false);

    /// <summary>A model's prediction.</summary>
    public LabelGrid Prediction(int model) => new(_width, _height, _maps[model + 1], isPlanar: false);
}
