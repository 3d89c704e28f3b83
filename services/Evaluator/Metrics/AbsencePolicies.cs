namespace OrganSeg.Evaluator.Metrics;

/// <summary>Applies a policy, and names it.</summary>
internal static class AbsencePolicies
{
    /// <summary>The scores as they enter a mean.</summary>
    /// <param name="policy">Chosen for the whole report.</param>
    /// <param name="scores">Of one image or patient.</param>
    /// <param name="isAbsent">Whether the organ is in neither map.</param>
    public static OverlapScores Apply(this AbsencePolicy policy, OverlapScores scores, bool isAbsent)
    {
        double? fallback = policy switch
        {
            AbsencePolicy.OneIfBothEmpty when isAbsent => 1,
            AbsencePolicy.Zero => 0,
            _ => null,
        };
        return fallback is null ? scores : scores with
        {
            Precision = scores.Precision ?? fallback,
            Recall = scores.Recall ?? fallback,
            F1 = scores.F1 ?? fallback,
            Iou = scores.Iou ?? fallback,
            VolumetricSimilarity = scores.VolumetricSimilarity ?? fallback,
            Nsd = scores.Nsd ?? fallback,
        };
    }

    /// <summary>As reports and the command line name it.</summary>
    public static string NameOf(this AbsencePolicy policy) => policy switch
    {
        AbsencePolicy.OneIfBothEmpty => "one-if-both-empty",
        AbsencePolicy.Zero => "zero",
        _ => "skip",
    };

    /// <summary>What it does, in a sentence.</summary>
    public static string Describe(this AbsencePolicy policy) => policy switch
    {
        AbsencePolicy.OneIfBothEmpty =>
            "An organ in neither the reference nor the prediction of an image or a patient counts 1 in the mean of every metric of overlap "
            + "and of the surface Dice; other undefined values take no part.",
        AbsencePolicy.Zero =>
            "Every undefined value of overlap and of the surface Dice of an image or a patient counts 0 in means, also where an organ is rightly "
            + "predicted to be absent; an undefined specificity takes no part.",
        _ => "Undefined values of an image or a patient take no part in means; the number of values in each mean is given.",
    };

    /// <summary>Which cases it decided, in a sentence.</summary>
    public static string Decided(string policy) => policy == AbsencePolicy.Zero.NameOf()
        ? "It decided all values where an organ is in neither map, precision where it was missed, and recall where it is only predicted."
        : "It decided the values where an organ is in neither map; where it was missed, precision takes no part, and where it is only predicted, recall.";
}
