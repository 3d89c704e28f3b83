using System.Text.Json;

namespace OrganSeg.Experiments;

/// <summary>What one experiment left in <c>results/PROTOCOL/NAME</c>.</summary>
/// <param name="Protocol"><c>by-patient</c>, <c>by-slice</c> or <c>resubstitution</c>.</param>
/// <param name="Name">Name of its specification, with the fold where it is of one only.</param>
/// <param name="Patients">Patients that were scored.</param>
/// <param name="Slices">Slices that were scored.</param>
/// <param name="Organs">Scores by organ, in the order of the label schema.</param>
/// <param name="Machine">Lines that say when, where and of what commit it was made.</param>
public sealed record ExperimentResult(
    string Protocol, string Name, int Patients, int Slices, IReadOnlyList<OrganResult> Organs, IReadOnlyDictionary<string, string> Machine)
{
    private const string ReportFile = "report.json";
    private const string MachineFile = "machine.txt";

    /// <summary>All results below a folder, by protocol and name; folds that are all there are one result.</summary>
    /// <exception cref="InvalidDataException">A result is not whole; the message names the file.</exception>
    public static IReadOnlyList<ExperimentResult> ReadAll(string folder) => Folds.Join(
    [
        .. Directory.EnumerateFiles(folder, ReportFile, SearchOption.AllDirectories)
            .Select(file => Path.GetDirectoryName(file)!)
            .Where(result => Path.GetFileName(Path.GetDirectoryName(result)) != ComparisonResult.Folder)
            .Order(StringComparer.Ordinal)
            .Select(Read),
    ]);

    private static ExperimentResult Read(string folder)
    {
        var file = Path.Combine(folder, ReportFile);
        try
        {
            using var json = JsonDocument.Parse(File.ReadAllBytes(file));
            var report = json.RootElement;
            var counts = report.GetProperty("counts");
            return new ExperimentResult(
                Path.GetFileName(Path.GetDirectoryName(folder)!),
                Path.GetFileName(folder),
                counts.GetProperty("patients").GetInt32(),
                counts.GetProperty("slices").GetInt32(),
                [.. report.GetProperty("models")[0].GetProperty("organs").EnumerateArray().Select(Organ)],
                File.ReadAllLines(Path.Combine(folder, MachineFile))
                    .Select(line => line.Split(": ", 2))
                    .ToDictionary(parts => parts[0], parts => parts[^1], StringComparer.Ordinal));
        }
        catch (Exception error) when (error is JsonException or KeyNotFoundException or InvalidOperationException
            or FileNotFoundException or IndexOutOfRangeException or ArgumentException)
        {
            throw new InvalidDataException($"{file} or its {MachineFile} is not what an experiment writes: {error.Message}", error);
        }
    }

    private static OrganResult Organ(JsonElement organ)
    {
        var pooled = organ.GetProperty("pooled");
        var patients = organ.GetProperty("patients").EnumerateArray()
            .OrderBy(patient => patient.GetProperty("patient").GetString(), StringComparer.Ordinal).ToList();
        var interval = organ.TryGetProperty("intervals", out var intervals) && intervals.ValueKind == JsonValueKind.Object
            ? intervals.GetProperty("pooled")
            : default;
        return new OrganResult(
            organ.GetProperty("organ").GetString()!,
            Number(pooled, "precision"),
            Number(pooled, "recall"),
            Number(pooled, "f1"),
            Number(interval, "low"),
            Number(interval, "high"),
            [.. patients.Select(patient => Number(patient, "f1"))],
            [.. patients.Select(patient => patient.GetProperty("referenceSize").GetInt64())],
            [.. patients.Select(patient => patient.GetProperty("predictionSize").GetInt64())]);
    }

    private static double? Number(JsonElement parent, string name) =>
        parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number
            ? value.GetDouble()
            : null;
}
