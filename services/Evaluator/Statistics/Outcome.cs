using System.Text.Json.Serialization;

namespace OrganSeg.Evaluator.Statistics;

/// <summary>What a comparison allows to be said.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<Outcome>))]
internal enum Outcome
{
    /// <summary>Nothing: with so few patients no claim is made, whatever the numbers are.</summary>
    [JsonStringEnumMemberName("too-few-patients")]
    TooFewPatients,

    /// <summary>No difference was shown, which is not the same as that there is none.</summary>
    [JsonStringEnumMemberName("no-difference-shown")]
    NoDifferenceShown,

    /// <summary>The first model is better.</summary>
    [JsonStringEnumMemberName("better")]
    Better,

    /// <summary>The first model is worse.</summary>
    [JsonStringEnumMemberName("worse")]
    Worse,
}
