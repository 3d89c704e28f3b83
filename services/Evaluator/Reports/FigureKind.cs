using System.Text.Json.Serialization;

namespace OrganSeg.Evaluator.Reports;

/// <summary>What a figure of a report shows, which decides where it stands.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<FigureKind>))]
internal enum FigureKind
{
    /// <summary>One slice: input, reference, each model's prediction and its errors.</summary>
    [JsonStringEnumMemberName("panel")]
    Panel,

    /// <summary>Slices of several patients below one another.</summary>
    [JsonStringEnumMemberName("overview")]
    Overview,

    /// <summary>Scores of the organs, with intervals.</summary>
    [JsonStringEnumMemberName("organs")]
    Organs,

    /// <summary>Scores of the patients.</summary>
    [JsonStringEnumMemberName("patients")]
    Patients,

    /// <summary>Differences of two models by patient.</summary>
    [JsonStringEnumMemberName("differences")]
    Differences,

    /// <summary>A model's confusion matrix.</summary>
    [JsonStringEnumMemberName("confusion")]
    Confusion,

    /// <summary>A model's confidence against its accuracy.</summary>
    [JsonStringEnumMemberName("calibration")]
    Calibration,

    /// <summary>A model's volumes against those of the reference.</summary>
    [JsonStringEnumMemberName("agreement")]
    Agreement,

    /// <summary>A model on perturbed slices.</summary>
    [JsonStringEnumMemberName("robustness")]
    Robustness,
}
