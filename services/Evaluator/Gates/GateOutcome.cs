using System.Text.Json.Serialization;

namespace OrganSeg.Evaluator.Gates;

/// <summary>What became of a gate.</summary>
/// <param name="Passed">Whether every bound holds for every model.</param>
/// <param name="File">Name of the gate's file.</param>
/// <param name="Aggregation">Which aggregation the bounds of organs are about; those of perturbations are always pooled.</param>
/// <param name="Checks">Each bound for each model.</param>
internal sealed record GateOutcome(
    bool Passed,
    string File,
    [property: JsonConverter(typeof(GateAggregationConverter))] GateAggregation Aggregation,
    IReadOnlyList<GateCheck> Checks);
