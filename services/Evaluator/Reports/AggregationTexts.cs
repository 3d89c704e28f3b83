namespace OrganSeg.Evaluator.Reports;

/// <summary>Says in words how each number was aggregated, so that no reader has to guess.</summary>
internal sealed record AggregationTexts(string Pooled, string PerImage, string PerPatient, string Undefined)
{
    public static AggregationTexts Standard { get; } = new(
        "From the true positive, false positive and false negative pixels of all images together.",
        "Arithmetic mean of the values of single images.",
        "The pixels of a patient's images are pooled; arithmetic mean of the values of patients.",
        "A quotient 0/0 is undefined: precision where nothing is predicted, recall where the reference has nothing, F1 "
        + "where both are empty.");
}
