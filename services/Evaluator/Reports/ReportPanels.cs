using OrganSeg.Evaluator.Metrics;
using OrganSeg.Imaging;
using OrganSeg.Imaging.Figures;

namespace OrganSeg.Evaluator.Reports;

/// <summary>The figures of a report that show slices.</summary>
internal sealed class ReportPanels(LabelSchema schema, IReadOnlyList<ScoredModel> models)
{
    private readonly PanelPainter _painter = new(schema);
    private readonly IReadOnlyList<PanelSelection.Choice> _choices =
        PanelSelection.Choose([.. models.Select(model => model.Scorer.Slices)], schema);
    private readonly IReadOnlyList<SliceId> _overview = OverviewSelection.Choose(models[0].Scorer.Slices);

    /// <summary>The slices that <see cref="Draw"/> shows.</summary>
    public IReadOnlySet<SliceId> Wanted => _choices.Select(choice => choice.Slice).Concat(_overview).ToHashSet();

    /// <summary>The overview, then a panel for each slice chosen.</summary>
    /// <param name="slices">All that are wanted.</param>
    public IEnumerable<DrawnFigure> Draw(IReadOnlyDictionary<SliceId, ShownSlice> slices)
    {
        if (_overview.Count > 0)
        {
            yield return Overview(slices);
        }

        for (var i = 0; i < _choices.Count; i++)
        {
            yield return Panel(_choices[i], slices[_choices[i].Slice], $"figures/panel-{i + 1:00}.png");
        }
    }

    private DrawnFigure Overview(IReadOnlyDictionary<SliceId, ShownSlice> slices)
    {
        var rows = _overview.Select(id => Tiles(id, slices[id], withErrors: false)).ToList();
        string[] columns = [.. rows[0].Select(tile => tile.Title)];
        // Only the first tile of a row says whose it is; all would be cut off.
        foreach (var (row, id) in rows.Zip(_overview))
        {
            row[0] = row[0] with { Title = $"{row[0].Title}: {id.Name}" };
        }

        var figure = ReportFigure.Chart(
            FigureKind.Overview,
            "figures/overview.png",
            rows.Count == 1 ? "A slice of one patient" : $"Slices of {rows.Count} patients",
            $"From the left: {string.Join(", ", columns)}. A row is a patient, spread evenly over all patients by name; of each the slice "
            + "with most organs in the reference. No score had a say in the choice.");
        return new DrawnFigure(figure with { Columns = columns }, _painter.Paint([.. rows]));
    }

    private DrawnFigure Panel(PanelSelection.Choice choice, ShownSlice slice, string file)
    {
        var tiles = Tiles(choice.Slice, slice, withErrors: true);
        var means = models.ToDictionary(
            model => model.Title,
            model => model.Scorer.Slices.First(score => score.Id == choice.Slice).MeanF1);
        var scores = string.Join("; ", means.Select(pair => models.Count == 1
            ? $"mean F1 {Plain(pair.Value)}"
            : $"{pair.Key}: mean F1 {Plain(pair.Value)}"));
        string[] columns = [.. tiles.Select(tile => tile.Title)];
        var figure = new ReportFigure(file, choice.Slice.Name, choice.Slice.Case, choice.Reason, columns, means)
        {
            Kind = FigureKind.Panel,
            Title = choice.Slice.Name,
            Caption = $"{string.Join(" | ", columns)}. {scores}.",
        };
        return new DrawnFigure(figure, _painter.Paint(tiles));

        static string Plain(double? value) => value is { } defined ? $"{defined:F4}" : "undefined";
    }

    private List<PanelTile> Tiles(SliceId id, ShownSlice slice, bool withErrors)
    {
        var tiles = new List<PanelTile>();
        if (slice.Image is not null)
        {
            tiles.Add(new PanelTile("input", slice.Image, null));
        }

        tiles.Add(new PanelTile("truth", slice.Image, slice.Reference));
        foreach (var model in models)
        {
            var predicted = model.Predictions.Get(id);
            tiles.Add(new PanelTile(models.Count == 1 ? "prediction" : model.Title, slice.Image, predicted));
            if (withErrors)
            {
                tiles.Add(new PanelTile("error", slice.Image, predicted) { Reference = slice.Reference });
            }
        }

        return tiles;
    }
}
