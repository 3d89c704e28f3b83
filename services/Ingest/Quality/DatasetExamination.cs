using OrganSeg.Imaging;
using OrganSeg.Ingest.Leakage;
using OrganSeg.Ingest.Splits;

namespace OrganSeg.Ingest.Quality;

/// <summary>Looks for what is doubtful in a dataset as a whole.</summary>
/// <param name="schema">The classes.</param>
/// <param name="findings">Gets what is found.</param>
internal sealed class DatasetExamination(LabelSchema schema, Findings findings)
{
    /// <summary>Share of the body from which an end of the window hides much: bones are brighter than 275 HU, lungs darker than −125.</summary>
    private const double MuchBright = 0.2;
    private const double MuchDark = 0.5;

    /// <summary>Factor to the median of all cases from which the size of an organ is doubtful, and cases that make a median.</summary>
    private const double UnlikelyFactor = 5;
    private const int CasesForMedian = 5;

    /// <param name="report">The numbers.</param>
    /// <param name="decision">The sides and folds.</param>
    /// <param name="leaks">Slices that are nearly equal to those of another side.</param>
    public void Examine(QualityReport report, SplitDecision decision, IReadOnlyList<LeakingPair> leaks)
    {
        Split(decision, leaks);
        foreach (var organ in schema.Organs)
        {
            Sizes(organ.Name, report);
        }

        if (report.ClippedHigh > MuchBright || report.ClippedLow > MuchDark)
        {
            findings.Add(
                "clipped",
                Severity.Warning,
                FormattableString.Invariant($"Of the body, {report.ClippedHigh:P1} are at grey 255 and {report.ClippedLow:P1} at grey 0: the window hides much. ")
                + "Import with another window, or export the slices again.");
        }

        if (report.WindowLowHu is null)
        {
            findings.Add(
                "unknown-window",
                Severity.Note,
                "The slices came with 8 bits, so their CT window is unknown. A model that learns from them works with slices of the same "
                + "window only.");
        }

        if (report.Cases.All(one => one.SpacingMm is null))
        {
            findings.Add("unknown-spacing", Severity.Note, "The spacing of pixels and slices is unknown, so sizes are in pixels.");
        }
    }

    private void Split(SplitDecision decision, IReadOnlyList<LeakingPair> leaks)
    {
        foreach (var missing in decision.Missing)
        {
            findings.Add(
                "organ-missing",
                Severity.Warning,
                "Organs that no case of a side or fold has: nothing can be learned or measured of them there. More cases would help.",
                $"{schema.Classes[missing.Organ].Name} is missing from {missing.Part}; cases that have it: {missing.Cases}");
        }

        foreach (var pair in leaks.OrderByDescending(pair => pair.Similarity))
        {
            findings.Add(
                "near-duplicates",
                Severity.Warning,
                "Slices that are nearly equal to one on another side: a model that has seen one of the two knows the other, so scores flatter it.",
                $"{pair.Slice.Case} {pair.Slice.Name} ({pair.Slice.Side}) and {pair.Other.Case} {pair.Other.Name} ({pair.Other.Side}), {pair.Similarity:F3}");
        }
    }

    private void Sizes(string organ, QualityReport report)
    {
        var sizes = report.Cases.Where(one => one.Organs.ContainsKey(organ)).Select(one => (one.Case, one.Organs[organ].Pixels)).OrderBy(one => one.Pixels).ToArray();
        if (sizes.Length < CasesForMedian)
        {
            return;
        }

        var median = sizes[sizes.Length / 2].Pixels;
        foreach (var (name, pixels) in sizes.Where(one => one.Pixels > UnlikelyFactor * median || one.Pixels < median / UnlikelyFactor))
        {
            findings.Add(
                "unlikely-size",
                Severity.Note,
                "Organs of quite another size than in the other cases: another pathology, a part of the organ only, or wrong labels.",
                $"{name}: {organ}, {pixels} px, the median is {median}");
        }
    }
}
