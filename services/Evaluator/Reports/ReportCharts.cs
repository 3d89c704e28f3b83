using OrganSeg.Evaluator.Figures;
using OrganSeg.Evaluator.Robustness;

namespace OrganSeg.Evaluator.Reports;

/// <summary>The charts of a report, from its own numbers.</summary>
internal static class ReportCharts
{
    /// <summary>What there is data for, in the order in which it is shown.</summary>
    /// <param name="models">At least one.</param>
    /// <param name="counts">How much they were scored on.</param>
    /// <param name="comparisons">Their pairs.</param>
    /// <param name="sweep">How perturbations were swept; null where they were not.</param>
    public static IEnumerable<DrawnFigure> Draw(
        IReadOnlyList<ModelReport> models, ReportCounts counts, IReadOnlyList<ModelPair> comparisons, RobustnessInformation? sweep)
    {
        yield return Draw(
            FigureKind.Organs,
            "figures/organs.png",
            BarsFigure.Of(models, counts),
            "F1 of each organ from the pixels of all slices together. Whiskers are 95 % confidence intervals, resampled by patient; "
            + "where there are too few patients for one, there is none. An organ whose F1 is undefined has no bar.");
        yield return Draw(
            FigureKind.Patients,
            "figures/patients.png",
            BoxesFigure.Of(models),
            "F1 of each patient, from the pixels of the patient’s slices together; a dot is a patient, the thick line the median. "
            + $"From {BoxesFigure.FewestOfBox} patients on a box spans the quartiles, with whiskers to the outermost patients within "
            + "one and a half boxes of it. The axis may begin above 0. Where the organ is in neither map, the report’s policy for absent organs decides whether there is a dot.");
        for (var i = 0; i < comparisons.Count; i++)
        {
            yield return Difference(comparisons[i], models, $"figures/differences-{i + 1:00}.png");
        }

        for (var i = 0; i < models.Count; i++)
        {
            foreach (var figure in OfModel(models[i], sweep, $"{i + 1:00}"))
            {
                yield return figure;
            }
        }
    }

    private static DrawnFigure Difference(ModelPair pair, IReadOnlyList<ModelReport> models, string file)
    {
        var first = models.First(model => model.Title == pair.First);
        var second = models.First(model => model.Title == pair.Second);
        return Draw(
            FigureKind.Differences,
            file,
            DifferenceFigure.Of(pair, ReportStatistics.Pair(first, second)),
            $"F1 of {pair.First} minus F1 of {pair.Second} in the same patient, from the pixels of the patient’s slices together; a dot "
            + "is a patient. Beside the dots their mean with its 95 % confidence interval. Patients in whom either F1 is undefined "
            + "take no part.");
    }

    private static IEnumerable<DrawnFigure> OfModel(ModelReport model, RobustnessInformation? sweep, string number)
    {
        yield return Draw(
            FigureKind.Confusion,
            $"figures/confusion-{number}.png",
            ConfusionFigure.Of(model.Title, model.ConfusionMatrix),
            "Pixels of all slices together. A row is a class of the reference: each cell gives the share of the row’s pixels that was "
            + "predicted as the column’s class, and their number. Colour follows the root of the share, which keeps small confusions "
            + "visible.",
            model.Title);
        if (model.Calibration?.Where(organ => organ.Pixels > 0).ToList() is { Count: > 0 } calibration)
        {
            yield return Draw(
                FigureKind.Calibration,
                $"figures/calibration-{number}.png",
                CalibrationFigure.Of(model.Title, [.. calibration.Select(organ => new OrganCalibration(organ.Organ, organ.Bins, organ.ExpectedError))]),
                "Share of predicted pixels that are right over the model’s confidence in them. The pixels that a slice gives to an organ are one "
                + "region, counted with its mean confidence; a calibrated model keeps on the diagonal.",
                model.Title);
        }

        OrganVolumes[] sizes =
        [
            .. model.Organs
                .Select(organ => new OrganVolumes(
                    organ.Organ,
                    [.. organ.Patients.Where(patient => patient.ReferenceSize + patient.PredictionSize > 0)
                        .Select(patient => new PatientVolumes(patient.PredictionSize, patient.ReferenceSize))]))
                .Where(organ => organ.Patients.Count > 0),
        ];
        if (sizes.Length > 0)
        {
            var unit = model.Organs[0].Size!.Unit;
            yield return Draw(
                FigureKind.Agreement,
                $"figures/agreement-{number}.png",
                BlandAltmanFigure.Of(model.Title, sizes, unit),
                $"Size of each organ in each patient, all slices together, in {unit}, after Bland and Altman; a dot is a patient that has the "
                + "organ in the reference or the prediction. Between the limits of agreement lie 95 % of differences that are normally distributed.",
                model.Title);
        }

        if (sweep is not null && model.Robustness is { Count: > 0 } curves)
        {
            yield return Draw(
                FigureKind.Robustness,
                $"figures/robustness-{number}.png",
                RobustnessFigure.Of(model.Title, curves, sweep),
                "F1, pooled over all pixels of the sweep’s slices, with the input perturbed ever more; at the first severity nothing is "
                + "changed. A cross marks where an organ, interpolated between severities, first falls below "
                + $"{100 * sweep.KeptShare:0.##} % of its unperturbed F1. An undefined F1 interrupts the line.",
                model.Title);
        }
    }

    private static DrawnFigure Draw(FigureKind kind, string file, FigureSheet sheet, string caption, string? model = null) =>
        new(ReportFigure.Chart(kind, file, sheet.Title, caption, model), sheet.ToPng());
}
