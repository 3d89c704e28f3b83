using OrganSeg.Cli.Terminal;
using OrganSeg.V1;

namespace OrganSeg.Cli.Commands;

/// <summary>How models and aliases are shown.</summary>
internal static class ModelView
{
    public static void Show(Output output, IEnumerable<Model> models) => output.Table(
        ["model", "architecture", "aliases", "trained on", "forms", " MB", "published"],
        models.Select(model => (IReadOnlyList<string>)
        [
            $"{model.Name}@{model.Version}",
            model.Architecture,
            string.Join(", ", model.Aliases),
            model.Dataset,
            string.Join(", ", model.Variants.Select(variant => variant.Refused.Length > 0 ? $"{variant.Name} (refused)" : variant.Name)),
            $"{model.OnnxBytes / 1e6:0.0}",
            Format.Time(model.PublishedAt),
        ]));

    public static void Show(Output output, Alias alias) => output.Line(
        $"{alias.Alias_} is {alias.Model}@{alias.Version}" + (alias.Previous.Length > 0 ? $", before: {alias.Previous}" : string.Empty)
        + Describe("canary", alias.Canary) + Describe("shadow", alias.Shadow));

    public static object Json(Model model) => new
    {
        model.Name,
        model.Version,
        model.Architecture,
        PublishedAt = model.PublishedAt?.ToDateTimeOffset(),
        LabelSchema = model.LabelSchema.Select(c => new { c.Id, c.Name }),
        model.Dataset,
        model.DatasetDigest,
        model.RunId,
        model.OnnxSha256,
        model.OnnxBytes,
        model.Size,
        Notice = model.Notice.Length > 0 ? model.Notice : null,
        Aliases = model.Aliases.ToArray(),
        Variants = model.Variants.Select(v => new { v.Name, v.Sha256, v.Bytes, Refused = v.Refused.Length > 0 ? v.Refused : null }),
    };

    public static object Json(Alias alias) => new
    {
        Alias = alias.Alias_,
        alias.Model,
        alias.Version,
        Previous = alias.Previous.Length > 0 ? alias.Previous : null,
        MovedAt = alias.MovedAt?.ToDateTimeOffset(),
        Canary = Json(alias.Canary),
        Shadow = Json(alias.Shadow),
    };

    private static string Describe(string role, Rollout? rollout) =>
        rollout is null ? string.Empty : FormattableString.Invariant($", {role}: {rollout.Model}@{rollout.Version} ({100 * rollout.Share:0.##} % of the requests)");

    private static object? Json(Rollout? rollout) => rollout is null ? null : new { rollout.Model, rollout.Version, rollout.Share };
}
