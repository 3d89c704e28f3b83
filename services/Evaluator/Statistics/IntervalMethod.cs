using System.Text.Json.Serialization;

namespace OrganSeg.Evaluator.Statistics;

/// <summary>How a confidence interval came about.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<IntervalMethod>))]
internal enum IntervalMethod
{
    /// <summary>There is none: fewer than two units, or all units have one value, which says nothing of their spread.</summary>
    [JsonStringEnumMemberName("none")]
    None,

    /// <summary>Studentized bootstrap (Efron and Tibshirani 1993, section 12.5).</summary>
    [JsonStringEnumMemberName("bootstrap-t")]
    BootstrapT,

    /// <summary>Student's t with the jackknife's standard error: too few units, or too many ties, to resample.</summary>
    [JsonStringEnumMemberName("student-t")]
    StudentT,

    /// <summary>From the exact distribution of the signed ranks.</summary>
    [JsonStringEnumMemberName("signed-rank")]
    SignedRank,
}
