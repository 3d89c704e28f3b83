using OrganSeg.Storage;
using OrganSeg.Trainer.Networks;
using OrganSeg.V1;

namespace OrganSeg.Trainer.Import;

/// <summary>What an import is to make, as far as its header says.</summary>
/// <param name="Model">Name of the model to publish.</param>
/// <param name="Options">The network by the caller's settings.</param>
/// <param name="Given">Names of the settings that the caller gave; all others are found from the file.</param>
/// <param name="Dataset">Where labels, preprocessing and real slices come from; null for nowhere.</param>
/// <param name="Labels">Names of the classes; empty when the caller gave none.</param>
/// <param name="FileName">The caller's name of the file, for messages.</param>
internal sealed record ImportPlan(
    string Model,
    NetworkOptions Options,
    IReadOnlySet<string> Given,
    string? Dataset,
    IReadOnlyList<string> Labels,
    string FileName)
{
    /// <exception cref="OrganSegException">Invalid, with all that is wrong.</exception>
    public static ImportPlan Of(ImportModelHeader header)
    {
        var violations = new List<FieldViolation>();
        var options = new NetworkOptions { Architecture = header.Architecture };
        try
        {
            options = NetworkSetting.Read(header.Architecture, header.Settings);
        }
        catch (OrganSegException error)
        {
            violations.AddRange(error.Violations);
        }

        try
        {
            Names.Check(header.Model, "model");
        }
        catch (OrganSegException error)
        {
            violations.AddRange(error.Violations);
        }

        if (header.Dataset.Length > 0 && header.Labels.Count > 0)
        {
            violations.Add(new("labels", "are those of the dataset; give a dataset or labels, not both"));
        }

        if (violations.Count > 0)
        {
            throw new OrganSegException(violations);
        }

        return new ImportPlan(
            header.Model,
            options,
            header.Settings.Keys.ToHashSet(StringComparer.Ordinal),
            header.Dataset.Length > 0 ? header.Dataset : null,
            [.. header.Labels],
            header.FileName.Length > 0 ? header.FileName : "weights");
    }
}
