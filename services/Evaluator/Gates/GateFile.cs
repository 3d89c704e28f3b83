using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using OrganSeg.Evaluator.Robustness;
using OrganSeg.Imaging;

namespace OrganSeg.Evaluator.Gates;

/// <summary>Reads <c>gate.json</c>, and refuses what it does not understand: a bound with a typing error must not pass.</summary>
internal static partial class GateFile
{
    private const string SeverityMember = "severity";

    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        PropertyNameCaseInsensitive = false,
        NumberHandling = JsonNumberHandling.Strict,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        AllowDuplicateProperties = false,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
    };

    /// <summary>Reads a gate.</summary>
    /// <param name="file">Name of the file, for errors and for the report.</param>
    /// <param name="json">Its text.</param>
    /// <param name="schema">The organs there are.</param>
    /// <exception cref="OrganSegException"><see cref="ErrorKind.Invalid"/> with the file and the path of all that is wrong.</exception>
    public static Gate Parse(string file, string json, LabelSchema schema)
    {
        var document = Deserialize(file, json);
        var violations = new List<FieldViolation>();
        if (document.Schema != 1)
        {
            Refuse("schema", $"is {document.Schema}; this version of OrganSeg reads schema 1.");
        }

        var bounds = new List<GateBound>();
        foreach (var (organ, metrics) in document.Organs ?? [])
        {
            foreach (var (name, value) in metrics ?? [])
            {
                var path = $"organs.{organ}.{name}";
                if (!GateMetric.All.TryGetValue(name, out var metric))
                {
                    Refuse(path, $"is no metric; there are {Listed(GateMetric.All.Keys)}.");
                }
                else
                {
                    if (metric.IsBetterLower && document.Aggregation == GateAggregation.Pooled)
                    {
                        Refuse(path, "is a distance, which all images together do not have; set aggregation to perImage or perPatient.");
                        continue;
                    }

                    Add(new GateBound(path, organ, metric, value));
                }
            }
        }

        foreach (var (perturbation, members) in document.Robustness ?? [])
        {
            var path = $"robustness.{perturbation}";
            if (!Perturbations.Names.Contains(perturbation))
            {
                Refuse(path, $"is no perturbation; there are {Listed(Perturbations.Names)}.");
            }
            else if (members is null || !members.TryGetValue(SeverityMember, out var severity))
            {
                Refuse(path, $"has no {SeverityMember}; give it in the unit of the perturbation.");
            }
            else
            {
                foreach (var (organ, value) in members.Where(member => member.Key != SeverityMember))
                {
                    Add(new GateBound($"{path}.{organ}", organ, GateMetric.All["f1"], value)
                    {
                        Perturbation = perturbation,
                        Severity = severity,
                    });
                }
            }
        }

        if (bounds.Count == 0 && violations.Count == 0)
        {
            Refuse("organs", "sets no bound, so that nothing could fail; give at least one.");
        }

        return violations.Count > 0
            ? throw new OrganSegException(violations)
            : new Gate(file, document.Aggregation, bounds);

        void Refuse(string path, string problem) => violations.Add(new FieldViolation($"{file} {path}", problem));

        void Add(GateBound bound)
        {
            if (!schema.Organs.Any(organ => organ.Name == bound.Organ))
            {
                Refuse(bound.Path, $"'{bound.Organ}' is no organ; there are {Listed(schema.Organs.Select(organ => organ.Name))}.");
            }
            else if (bound.Value < 0 || (!bound.Metric.IsBetterLower && bound.Value > 1))
            {
                Refuse(bound.Path, $"is {bound.Value}; give {(bound.Metric.IsBetterLower ? "0 or more" : "a value from 0 to 1")}.");
            }
            else
            {
                bounds.Add(bound);
            }
        }
    }

    private static Document Deserialize(string file, string json)
    {
        try
        {
            return JsonSerializer.Deserialize<Document>(json, Options)
                ?? throw OrganSegException.Invalid($"{file} $", "is null; give an object, as docs/robustness.md shows it.");
        }
        catch (JsonException error)
        {
            // What the serialiser says of .NET types helps nobody who wrote the file.
            var problem = UnknownMember().Match(error.Message) is { Success: true } unknown
                ? $"has the member '{unknown.Groups[1].Value}', which no gate has"
                : MissingMembers().Match(error.Message) is { Success: true } missing ? $"lacks {missing.Groups[1].Value}"
                : UnreadableType().IsMatch(error.Message) ? "has a value that does not belong there"
                : error.Message.Split(" LineNumber:")[0].Split(" Path:")[0];
            var line = error.LineNumber is { } number ? $" (line {number + 1})" : "";
            throw new OrganSegException([new FieldViolation(
                $"{file} {(string.IsNullOrEmpty(error.Path) ? "$" : error.Path)}",
                $"{problem.TrimEnd('.')}{line}; a gate has schema, aggregation (pooled, perImage or perPatient), organs and robustness, as "
                + "docs/robustness.md shows them.")]);
        }
    }

    private static string Listed(IEnumerable<string> names) => string.Join(", ", names);

    [GeneratedRegex("JSON property '([^']*)' could not be mapped", RegexOptions.CultureInvariant)]
    private static partial Regex UnknownMember();

    [GeneratedRegex("missing required properties[^:]*: ([^.]*)", RegexOptions.CultureInvariant)]
    private static partial Regex MissingMembers();

    [GeneratedRegex("could not be converted to", RegexOptions.CultureInvariant)]
    private static partial Regex UnreadableType();

    /// <summary>The file as it is written.</summary>
    private sealed record Document(
        int Schema,
        [property: JsonConverter(typeof(GateAggregationConverter))] GateAggregation Aggregation,
        Dictionary<string, Dictionary<string, double>?>? Organs = null,
        Dictionary<string, Dictionary<string, double>?>? Robustness = null);
}
