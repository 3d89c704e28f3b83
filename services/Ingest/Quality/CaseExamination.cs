using System.Text.RegularExpressions;
using OrganSeg.Imaging;

namespace OrganSeg.Ingest.Quality;

/// <summary>Looks for what is implausible in the slices of one case.</summary>
/// <param name="schema">The classes.</param>
/// <param name="size">Side of the slices in pixels.</param>
/// <param name="findings">Gets what is found.</param>
internal sealed partial class CaseExamination(LabelSchema schema, int size, Findings findings)
{
    // Shares of a slice's pixels; at 224² 5, 50 and 1003 of them.
    private const double TinyShare = 1e-4;
    private const double SolidShare = 1e-3;
    private const double JumpShare = 0.02;
    private const double JumpRatio = 3;
    private const double OutsideShare = 0.05;

    // Of the width of a slice, by which an organ's centre must be beyond the body's.
    private const double WrongSideMargin = 0.02;

    private readonly int _pixels = size * size;

    /// <param name="name">Name of the case.</param>
    /// <param name="slices">All its slices, in any order.</param>
    public void Examine(string name, IReadOnlyList<ExaminedSlice> slices)
    {
        foreach (var slice in slices)
        {
            Examine(name, slice);
        }

        foreach (var organ in schema.Organs)
        {
            Sides(name, organ, slices);
            Sequence(name, organ, slices);
        }
    }

    private void Examine(string name, ExaminedSlice slice)
    {
        var title = Title(name, slice);
        var facts = slice.Facts;
        if (facts.IsBlank)
        {
            findings.Add("blank-image", Severity.Warning, "Images of one grey value show nothing; leave them out.", title, slice.Slice.Name);
        }

        if (!slice.Slice.Negative && schema.Organs.All(organ => facts.Area[organ.Id] == 0))
        {
            findings.Add(
                "vanished-label",
                Severity.Warning,
                "Label maps whose organs are too small to be left at the dataset's size.",
                title,
                slice.Slice.Name);
        }

        foreach (var organ in schema.Organs.Where(organ => facts.Area[organ.Id] > 0))
        {
            var area = facts.Area[organ.Id];
            if (area < _pixels * TinyShare)
            {
                findings.Add(
                    "tiny-label", Severity.Note, "Organs of a few pixels in a slice: an organ's tip, or a slip of the hand.", $"{title}: {organ.Name}, {area} px");
            }

            if (facts.Outside[organ.Id] > area * OutsideShare)
            {
                findings.Add(
                    "outside-body",
                    Severity.Warning,
                    "Labels in the air around the body; look whether image and label map belong together.",
                    $"{title}: {organ.Name}, {facts.Outside[organ.Id]} of {area} px",
                    slice.Slice.Name);
            }
        }
    }

    /// <summary>Images show the patient's right at the left.</summary>
    private void Sides(string name, LabelClass organ, IReadOnlyList<ExaminedSlice> slices)
    {
        if (ExpectedSide(organ.Name) is not { } side)
        {
            return;
        }

        var having = slices.Where(slice => slice.Facts.Area[organ.Id] > 0 && slice.Facts.BodyArea > 0).Select(slice => slice.Facts).ToArray();
        if (having.Length == 0)
        {
            return;
        }

        var centre = (double)having.Sum(facts => facts.SumX[organ.Id]) / having.Sum(facts => (long)facts.Area[organ.Id]);
        var body = (double)having.Sum(facts => facts.BodySumX) / having.Sum(facts => (long)facts.BodyArea);
        if ((centre - body) * side < -WrongSideMargin * size)
        {
            findings.Add(
                "wrong-side",
                Severity.Warning,
                "Organs on the wrong side of the body: images must show the patient's right at the left. Mirror those cases, or mend their labels.",
                $"{name}: {organ.Name}");
        }
    }

    /// <summary>−1 for an organ at the left of the image, 1 for one at the right, null where nothing is expected.</summary>
    private static int? ExpectedSide(string organ)
    {
        var words = Word().Matches(organ.ToLowerInvariant()).Select(match => match.Value).ToHashSet();
        return words.Contains("left") ? 1
            : words.Contains("right") ? -1
            : words.Contains("liver") ? -1
            : words.Contains("spleen") ? 1
            : null;
    }

    /// <summary>Of slices that are numbered one after the other: organs that are gone for one slice, or of quite another area.</summary>
    private void Sequence(string name, LabelClass organ, IReadOnlyList<ExaminedSlice> slices)
    {
        var numbered = slices
            .Select(slice => (Number: SliceName.NumberOf(slice.Slice.Name), Slice: slice))
            .Where(slice => slice.Number is not null)
            .OrderBy(slice => slice.Number)
            .ToArray();
        for (var i = 1; i < numbered.Length; i++)
        {
            if (numbered[i].Number != numbered[i - 1].Number + 1)
            {
                continue;
            }

            var (before, here) = (Area(i - 1), Area(i));
            if (i + 1 < numbered.Length && numbered[i + 1].Number == numbered[i].Number + 1
                && here == 0 && Math.Min(before, Area(i + 1)) >= _pixels * SolidShare)
            {
                findings.Add(
                    "gap",
                    Severity.Warning,
                    "Organs that are missing in one slice, while both neighbours have them.",
                    Example(i),
                    numbered[i].Slice.Slice.Name);
            }

            if (Math.Abs(here - before) > _pixels * JumpShare && Math.Max(here, before) > JumpRatio * Math.Min(here, before))
            {
                findings.Add(
                    "area-jump", Severity.Note, "Organs whose area is quite another one in the next slice.", $"{Example(i)}, {before} to {here} px");
            }
        }

        int Area(int i) => numbered[i].Slice.Facts.Area[organ.Id];

        string Example(int i) => $"{Title(name, numbered[i].Slice)}: {organ.Name}";
    }

    private static string Title(string name, ExaminedSlice slice) => $"{name} {slice.Slice.Name}";

    [GeneratedRegex("[a-z]+", RegexOptions.CultureInvariant)]
    private static partial Regex Word();
}
