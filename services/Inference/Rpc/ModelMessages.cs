using Google.Protobuf.WellKnownTypes;
using OrganSeg.Inference.Serving;
using OrganSeg.Storage;
using OrganSeg.V1;

namespace OrganSeg.Inference.Rpc;

/// <summary>Catalogue documents as messages.</summary>
internal static class ModelMessages
{
    public static Model ToMessage(ModelDocument document, IReadOnlyList<ModelAlias> aliases, ModelVariants variants)
    {
        var message = new Model
        {
            Name = document.Model,
            Version = document.Version,
            Architecture = document.Architecture,
            PublishedAt = Timestamp.FromDateTimeOffset(document.PublishedAt),
            DatasetDigest = document.DatasetDigest ?? "",
            RunId = document.RunId ?? "",
            Size = (uint)document.Preprocessing.Size,
            Dataset = document.Dataset ?? "",
            Notice = document.Notice ?? "",
        };
        if (document.Files.TryGetValue("model.onnx", out var onnx))
        {
            (message.OnnxSha256, message.OnnxBytes) = (onnx.Sha256, onnx.Bytes);
        }

        message.Variants.AddRange(ModelVariants.Of(document).Select(variant => new ModelVariant
        {
            Name = variant.Name,
            Sha256 = variant.File.Sha256,
            Bytes = variant.File.Bytes,
            Refused = variants.Refusal(document, variant.Name) ?? "",
        }));
        message.LabelSchema.AddRange(document.LabelSchema.Classes.Select(c => new LabelClass { Id = c.Id, Name = c.Name }));
        message.Aliases.AddRange(aliases
            .Where(alias => alias.Model == document.Model && alias.Version == document.Version)
            .Select(alias => alias.Alias));
        return message;
    }

    public static Alias ToMessage(ModelAlias alias) => new()
    {
        Alias_ = alias.Alias,
        Model = alias.Model,
        Version = alias.Version,
        Previous = alias.PreviousModel is null ? "" : $"{alias.PreviousModel}@{alias.PreviousVersion}",
        MovedAt = Timestamp.FromDateTimeOffset(alias.MovedAt),
        Canary = ToMessage(alias.Canary),
        Shadow = ToMessage(alias.Shadow),
    };

    private static Rollout? ToMessage(ModelRollout? rollout) =>
        rollout is null ? null : new Rollout { Model = rollout.Model, Version = rollout.Version, Share = rollout.Share };
}
