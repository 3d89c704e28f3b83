using System.Text.Json;

namespace OrganSeg.Experiments;

/// <summary>What <c>run compare</c> left: two networks on the same patients, which neither has seen.</summary>
/// <param name="Name">Both specifications, with the fold where it is of one only.</param>
/// <param name="Models">Name of each, in the order of the scores.</param>
/// <param name="Organs">Organ, F1 by patient of each model, and what may be said of it.</param>
/// <param name="Patients">Their names, in the order of the scores.</param>
/// <param name="Machine">Lines that say when, where and of what commit it was made.</param>
public sealed record ComparisonResult(
    string Name,
    IReadOnlyList<string> Models,
    IReadOnlyList<(string Organ, IReadOnlyList<IReadOnlyList<double?>> F1, string Verdict)> Organs,
    IReadOnlyList<string> Patients,
    IReadOnlyDictionary<string, string> Machine)
{
    /// <summary>Where comparisons lie among the results.</summary>
    public const string Folder = "compare";

    /// <summary>All comparisons below the folder of the results.</summary>
    /// <exception cref="InvalidDataException">One is not whole; the message names the file.</exception>
    public static IReadOnlyList<ComparisonResult> ReadAll(string folder) =>
        Directory.Exists(Path.Combine(folder, Folder))
            ? [.. Directory.EnumerateDirectories(Path.Combine(folder, Folder)).Order(StringComparer.Ordinal).Select(Read)]
            : [];

    private static ComparisonResult Read(string folder)
    {
        var file = Path.Combine(folder, "report.json");
        try
        {
            using var json = JsonDocument.Parse(File.ReadAllBytes(file));
            var models = json.RootElement.GetProperty("models").EnumerateArray().ToList();
            var organs = new List<(string, IReadOnlyList<IReadOnlyList<double?>>, string)>();
            var pair = json.RootElement.GetProperty("comparisons")[0].GetProperty("organs").EnumerateArray().ToList();
            foreach (var organ in models[0].GetProperty("organs").EnumerateArray().Select(organ => organ.GetProperty("organ").GetString()!))
            {
                organs.Add((
                    organ,
                    [.. models.Select(model => (IReadOnlyList<double?>)[.. PatientsOf(Of(model, organ)).Select(F1)])],
                    pair.Single(one => one.GetProperty("organ").GetString() == organ).GetProperty("verdict").GetProperty("sentence").GetString()!));
            }

            return new ComparisonResult(
                Path.GetFileName(folder),
                [.. models.Select(model => model.GetProperty("model").GetString()!)],
                organs,
                [.. PatientsOf(Of(models[0], organs[0].Item1)).Select(patient => patient.GetProperty("patient").GetString()!)],
                File.ReadAllLines(Path.Combine(folder, "machine.txt"))
                    .Select(line => line.Split(": ", 2))
                    .ToDictionary(parts => parts[0], parts => parts[^1], StringComparer.Ordinal));
        }
        catch (Exception error) when (error is JsonException or KeyNotFoundException or InvalidOperationException
            or FileNotFoundException or IndexOutOfRangeException or ArgumentException)
        {
            throw new InvalidDataException($"{file} or its machine.txt is not what a comparison writes: {error.Message}", error);
        }
    }

    private static JsonElement Of(JsonElement model, string organ) =>
        model.GetProperty("organs").EnumerateArray().Single(one => one.GetProperty("organ").GetString() == organ);

    private static IEnumerable<JsonElement> PatientsOf(JsonElement organ) =>
        organ.GetProperty("patients").EnumerateArray().OrderBy(patient => patient.GetProperty("patient").GetString(), StringComparer.Ordinal);

    private static double? F1(JsonElement patient) =>
        patient.GetProperty("f1") is { ValueKind: JsonValueKind.Number } f1 ? f1.GetDouble() : null;
}
