using System.Text;
using OrganSeg.Imaging;
using OrganSeg.Ingest.Import;
using OrganSeg.Ingest.Leakage;
using OrganSeg.Ingest.Splits;
using OrganSeg.Storage;

namespace OrganSeg.Ingest.Quality;

/// <summary>
/// Makes the quality report of a dataset version while its cases pass by on their way into the store. In memory stay a few numbers
/// a case, 16 bytes and a name a slice, and the images of the contact sheets. For one caller at a time.
/// </summary>
internal sealed class QualityCollector
{
    private readonly ImportPlan _plan;
    private readonly SplitDecision _decision;
    private readonly Findings _findings = new();
    private readonly CaseExamination _examination;
    private readonly RepeatedImages _repeated;
    private readonly ContactSheets _sheets;
    private readonly List<CaseQuality> _cases = [];
    private readonly Dictionary<(string Organ, string Side), (int Cases, int Slices)> _sides = [];
    private readonly long[] _histogram = new long[256];

    /// <param name="plan">What is made.</param>
    /// <param name="decision">The sides and folds.</param>
    /// <param name="cases">Number of cases that will pass by.</param>
    public QualityCollector(ImportPlan plan, SplitDecision decision, int cases)
    {
        (_plan, _decision) = (plan, decision);
        _examination = new CaseExamination(plan.LabelSchema, plan.Preprocessing.Size, _findings);
        _repeated = new RepeatedImages(_findings);
        _sheets = new ContactSheets(plan.LabelSchema, cases);
    }

    /// <summary>Takes a case up.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="slices">All its slices.</param>
    /// <param name="geometry">Where its voxels lay; null where that is unknown.</param>
    /// <param name="fold">Its fold; null for none.</param>
    /// <param name="emptyLabels">Names of those that came with a label map without any organ.</param>
    public void Add(string name, IReadOnlyList<CaseSlice> slices, CaseGeometry? geometry, int? fold, IEnumerable<string> emptyLabels)
    {
        foreach (var slice in emptyLabels)
        {
            _findings.Add(
                "empty-label",
                Severity.Note,
                "Label maps without any organ, which count as negatives; where organs are to be seen, the map is missing.",
                $"{name} {slice}");
        }

        var examined = slices.AsParallel().AsOrdered()
            .Select(slice => new ExaminedSlice(slice, SliceFacts.Of(slice.Image, slice.Labels, _plan.LabelSchema.Count)))
            .ToArray();
        foreach (var slice in examined)
        {
            _repeated.Add(name, slice);
            for (var grey = 0; grey < _histogram.Length; grey++)
            {
                _histogram[grey] += slice.Facts.BodyHistogram[grey];
            }
        }

        _examination.Examine(name, examined);
        _sheets.Add(name, examined, _findings.TakeDoubtful());
        var organs = new Dictionary<string, OrganSize>();
        foreach (var organ in _plan.LabelSchema.Organs)
        {
            var having = examined.Where(slice => slice.Facts.Area[organ.Id] > 0).ToArray();
            if (having.Length > 0)
            {
                organs[organ.Name] = new OrganSize(having.Length, having.Sum(slice => (long)slice.Facts.Area[organ.Id]));
            }

            foreach (var side in having.GroupBy(slice => slice.Slice.Split))
            {
                var (cases, before) = _sides.GetValueOrDefault((organ.Name, side.Key));
                _sides[(organ.Name, side.Key)] = (cases + 1, before + side.Count());
            }
        }

        var sides = SplitNames.Splits.Where(side => slices.Any(slice => slice.Split == side)).ToArray();
        double[]? spacing = geometry is null ? null : [geometry.RowSpacingMm, geometry.ColumnSpacingMm, geometry.SliceDistanceMm];
        _cases.Add(new CaseQuality(name, sides, fold, slices.Count, spacing, organs));
    }

    /// <summary>The report's files by name.</summary>
    /// <param name="dataset">The version, as <c>dataset@version</c>.</param>
    /// <param name="split">How it was split.</param>
    /// <param name="leaks">Slices that are nearly equal to those of another side.</param>
    public IReadOnlyDictionary<string, ReadOnlyMemory<byte>> Build(string dataset, DatasetSplit split, IReadOnlyList<LeakingPair> leaks)
    {
        OrganQuality[] organs = [.. _plan.LabelSchema.Organs.Select(Describe)];
        var body = _histogram.Sum();
        var report = new QualityReport
        {
            Dataset = dataset,
            Size = _plan.Preprocessing.Size,
            WindowLowHu = _plan.Preprocessing.WindowLowHu,
            WindowHighHu = _plan.Preprocessing.WindowHighHu,
            Split = split,
            Findings = [],
            Organs = organs,
            Cases = _cases,
            BodyHistogram = _histogram,
            ClippedLow = body == 0 ? null : (double)_histogram[0] / body,
            ClippedHigh = body == 0 ? null : (double)_histogram[^1] / body,
        };
        new DatasetExamination(_plan.LabelSchema, _findings).Examine(report, _decision, leaks);
        report = report with { Findings = _findings.All };
        return new Dictionary<string, ReadOnlyMemory<byte>>
        {
            ["quality.json"] = StoredJson.Serialize(report),
            ["quality.html"] = Encoding.UTF8.GetBytes(new QualityHtml(report).Render(_sheets.Overview(), _sheets.Doubtful())),
        };
    }

    private OrganQuality Describe(LabelClass organ)
    {
        var sizes = _cases.Select(one => one.Organs.GetValueOrDefault(organ.Name)).OfType<OrganSize>().ToArray();
        return new OrganQuality(
            organ.Name,
            sizes.Length,
            sizes.Sum(size => size.Slices),
            sizes.Sum(size => size.Pixels),
            SplitNames.Splits.Where(side => _sides.ContainsKey((organ.Name, side))).ToDictionary(
                side => side, side => new OrganSide(_sides[(organ.Name, side)].Cases, _sides[(organ.Name, side)].Slices)));
    }
}
