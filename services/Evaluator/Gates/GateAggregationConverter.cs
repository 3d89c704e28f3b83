using System.Text.Json;
using System.Text.Json.Serialization;

namespace OrganSeg.Evaluator.Gates;

/// <summary>Writes aggregations as <c>report.json</c> names them: pooled, perImage, perPatient; numbers are refused.</summary>
internal sealed class GateAggregationConverter() : JsonStringEnumConverter<GateAggregation>(JsonNamingPolicy.CamelCase, allowIntegerValues: false);
