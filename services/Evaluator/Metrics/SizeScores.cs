using OrganSeg.Evaluator.Statistics;

namespace OrganSeg.Evaluator.Metrics;

/// <summary>How well an organ's size (its volume, where it is known) is measured, over the patients that have it in either map.</summary>
/// <param name="Unit">mL or px.</param>
/// <param name="Patients">Their number.</param>
/// <param name="MeanError">Mean of predicted minus reference size; null without patients.</param>
/// <param name="MeanAbsoluteError">Mean of its magnitude.</param>
/// <param name="MeanRelativeError">Mean of (predicted − reference) / reference over the patients whose reference has the organ.</param>
/// <param name="Agreement">Bias and limits of agreement after Bland and Altman; null with fewer than two patients.</param>
internal sealed record SizeScores(
    string Unit, int Patients, double? MeanError, double? MeanAbsoluteError, double? MeanRelativeError, BlandAltman? Agreement)
{
    public static SizeScores Of(IReadOnlyList<PatientScores> patients, string unit)
    {
        var with = patients.Where(patient => patient.ReferenceSize + patient.PredictionSize > 0).ToList();
        return new SizeScores(
            unit,
            with.Count,
            with.Average(patient => (double?)(patient.PredictionSize - patient.ReferenceSize)),
            with.Average(patient => (double?)Math.Abs(patient.PredictionSize - patient.ReferenceSize)),
            with.Where(patient => patient.ReferenceSize > 0)
                .Average(patient => (double?)((patient.PredictionSize - patient.ReferenceSize) / patient.ReferenceSize)),
            BlandAltman.Of([.. with.Select(patient => (patient.PredictionSize, patient.ReferenceSize))]));
    }
}
