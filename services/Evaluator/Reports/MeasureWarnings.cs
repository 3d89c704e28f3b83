namespace OrganSeg.Evaluator.Reports;

/// <summary>What makes distances and sizes mean less than they seem.</summary>
internal static class MeasureWarnings
{
    private const int MostNamed = 5;

    /// <param name="models">Scored on the same maps.</param>
    /// <param name="sheared">Volumes whose axes do not stand upright on one another.</param>
    public static IEnumerable<ReportWarning> Of(IReadOnlyList<ModelReport> models, IReadOnlyList<string> sheared)
    {
        if (sheared.Count > 0)
        {
            var named = string.Join(", ", sheared.Take(MostNamed)) + (sheared.Count > MostNamed ? ", …" : "");
            yield return new ReportWarning(
                "sheared-grid",
                ReportWarning.Note,
                null,
                $"The axes of {sheared.Count} volume(s) do not stand upright on one another, as under a tilted gantry ({named}). Sizes are right; distances and "
                + "the surface Dice take them for upright. Resample them for exact distances.");
        }

        for (var organ = 0; organ < models[0].Organs.Count; organ++)
        {
            var counts = models.Select(model => model.Organs[organ].PerPatient.Defined.Distances).ToList();
            if (counts.Distinct().Count() > 1)
            {
                yield return new ReportWarning(
                    "distances-of-different-patients",
                    ReportWarning.Note,
                    null,
                    $"Distances of {models[0].Organs[organ].Organ} are means over different patients ("
                    + string.Join(", ", models.Zip(counts, (model, count) => $"{model.Title}: {count}"))
                    + "): a model that misses an organ altogether has no distance there. Do not compare them; the surface Dice counts such patients as 0.");
            }
        }
    }
}
