using System.Globalization;
using System.Text.Json;
using OrganSeg.Storage;
using OrganSeg.Trainer.Training;

namespace OrganSeg.Trainer.Specifications;

/// <summary>Makes a specification out of what a user gives, or says everything that is wrong with it at once.</summary>
internal static class SpecificationReader
{
    private const string PresetKey = "preset";
    private const int MostFolds = 50;
    private const double LongestMinutes = 60 * 24 * 30;

    /// <summary>Fields in the order of the documentation.</summary>
    public static IReadOnlyList<Setting> Settings { get; } =
    [
        Setting.Choice<Preset>(PresetKey, (spec, value) => spec with { Preset = value }),
        Setting.Integer("width", 1, int.MaxValue, (spec, value) => spec with { Width = value }),
        Setting.Integer("dilation", 1, int.MaxValue, (spec, value) => spec with { Dilation = value }),
        Setting.Flag("gates", (spec, value) => spec with { Gates = value }),
        Setting.Integer("inputChannels", 1, int.MaxValue, (spec, value) => spec with { InputChannels = value }),
        Setting.Number("dropout", 0, 0.9, (spec, value) => spec with { Dropout = value }),
        Setting.Flag("auxiliary", (spec, value) => spec with { Auxiliary = value }),
        new("device", (spec, text) => ComputeDevice.IsValid(text) ? spec with { Device = text } : null, ComputeDevice.Expected),
        Setting.Choice<Precision>("precision", (spec, value) => spec with { Precision = value }),
        Setting.Integer("batchSize", 1, 512, (spec, value) => spec with { BatchSize = value }),
        Setting.Integer("epochs", 1, 100_000, (spec, value) => spec with { Epochs = value }),
        Setting.Number("minutes", 0.05, LongestMinutes, (spec, value) => spec with { Minutes = value }),
        Setting.Choice<Optimizer>("optimizer", (spec, value) => spec with { Optimizer = value }),
        Setting.Number("learningRate", 1e-12, double.MaxValue, (spec, value) => spec with { LearningRate = value }),
        Setting.Number("weightDecay", 0, 1, (spec, value) => spec with { WeightDecay = value }),
        Setting.Number("momentum", 0, 0.9999, (spec, value) => spec with { Momentum = value }),
        Setting.Number("gradientClip", 1e-6, 1e6, (spec, value) => spec with { GradientClip = value }),
        Setting.Integer("accumulationSteps", 1, 1024, (spec, value) => spec with { AccumulationSteps = value }),
        Setting.Number("weightAveraging", 0, 0.99999, (spec, value) => spec with { WeightAveraging = value }),
        Setting.Choice<Loss>("loss", (spec, value) => spec with { Loss = value }),
        new("classWeights", (spec, text) => RunSpecification.ParseWeights(text) is null ? null : spec with { ClassWeights = text },
            "positive numbers separated by commas, one for each class from the background on"),
        Setting.Number("labelSmoothing", 0, 0.5, (spec, value) => spec with { LabelSmoothing = value }),
        Setting.Number("focalGamma", 0, 10, (spec, value) => spec with { FocalGamma = value }),
        Setting.Number("tverskyAlpha", 0, 1, (spec, value) => spec with { TverskyAlpha = value }),
        Setting.Number("tverskyBeta", 0, 1, (spec, value) => spec with { TverskyBeta = value }),
        Setting.Integer("ignoreLabel", 1, 255, (spec, value) => spec with { IgnoreLabel = value }),
        Setting.Choice<Schedule>("schedule", (spec, value) => spec with { Schedule = value }),
        Setting.Number("warmUp", 0, 0.9, (spec, value) => spec with { WarmUp = value }),
        Setting.Number("polyPower", 0.1, 10, (spec, value) => spec with { PolyPower = value }),
        Setting.Integer("plateauPatience", 0, 10_000, (spec, value) => spec with { PlateauPatience = value }),
        Setting.Number("plateauFactor", 0.01, 0.99, (spec, value) => spec with { PlateauFactor = value }),
        Setting.Choice<BestBy>("bestBy", (spec, value) => spec with { BestBy = value }),
        Setting.Integer("patience", 1, 100_000, (spec, value) => spec with { Patience = value }),
        Setting.Choice<Divergence>("onDivergence", (spec, value) => spec with { OnDivergence = value }),
        Setting.Choice<AugmentationKind>(
            "augmentation", (spec, value) => spec with { Augmentation = value, Variation = AugmentationOptions.Of(value) }),
        Variation("rotationDegrees", 180, (options, value) => options with { RotationDegrees = value }),
        Variation("zoom", 0.9, (options, value) => options with { Zoom = value }),
        Variation("shift", 0.5, (options, value) => options with { Shift = value }),
        Variation("elasticPixels", 100, (options, value) => options with { ElasticPixels = value }),
        Variation("flip", 1, (options, value) => options with { Flip = value }),
        Variation("contrast", 0.9, (options, value) => options with { Contrast = value }),
        Variation("brightness", 255, (options, value) => options with { Brightness = value }),
        Variation("gamma", 0.9, (options, value) => options with { Gamma = value }),
        Variation("noise", 255, (options, value) => options with { Noise = value }),
        Variation("blurPixels", 20, (options, value) => options with { BlurPixels = value }),
        Variation("lowResolution", 0.95, (options, value) => options with { LowResolution = value }),
        Variation("cutOut", 0.9, (options, value) => options with { CutOut = value }),
        Setting.Integer("startSize", 32, 4096, (spec, value) => spec with { StartSize = value }),
        Setting.Number("growth", 0.01, 1, (spec, value) => spec with { Growth = value }),
        Setting.Choice<Sampling>("sampling", (spec, value) => spec with { Sampling = value }),
        Setting.Number("negativeShare", 0, 0.95, (spec, value) => spec with { NegativeShare = value }),
        Setting.Integer("pictureEpochs", 0, 100_000, (spec, value) => spec with { PictureEpochs = value }),
        Setting.Flag("quantize", (spec, value) => spec with { Quantize = value }),
        Setting.Integer("folds", 2, MostFolds, (spec, value) => spec with { Folds = value }),
        Setting.Integer("fold", 1, MostFolds, (spec, value) => spec with { Fold = value }),
        new("seed", (spec, text) => ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value)
            ? spec with { Seed = value } : null, "a whole number from 0 to 18446744073709551615"),
    ];

    /// <summary>A specification of the user's settings on top of a preset's; classes and dataset digest come later.</summary>
    /// <exception cref="OrganSegException">Invalid, with a violation for each wrong field, named <c>settings.KEY</c>.</exception>
    public static RunSpecification Read(
        string dataset, string architecture, string model, IReadOnlyDictionary<string, string> settings)
    {
        var violations = new List<FieldViolation>();
        if (string.IsNullOrWhiteSpace(dataset))
        {
            violations.Add(new("dataset", "is missing; give a dataset as name or name@version"));
        }

        if (!Names.IsValid(model))
        {
            violations.Add(new("model", $"\"{model}\" is no model name; use small letters, digits, dots, hyphens and underscores, 64 at most"));
        }

        var preset = Preset.Recommended;
        if (settings.TryGetValue(PresetKey, out var text))
        {
            Enum.TryParse(text, ignoreCase: true, out preset);
        }

        var spec = Presets.Of(preset, architecture) with { Dataset = dataset, Model = model };
        foreach (var key in settings.Keys.Except(Settings.Select(setting => setting.Name)).Order(StringComparer.Ordinal))
        {
            violations.Add(new($"settings.{key}",
                $"is not a setting; there are {string.Join(", ", Settings.Select(setting => setting.Name))}"));
        }

        // In this order: the kind of augmentation comes before the ranges that change it.
        foreach (var setting in Settings.Where(setting => settings.ContainsKey(setting.Name)))
        {
            var value = settings[setting.Name];
            if (setting.Apply(spec, value) is { } changed)
            {
                spec = changed;
            }
            else
            {
                violations.Add(new($"settings.{setting.Name}", $"\"{value}\" is not {setting.Expected}"));
            }
        }

        if (spec.Fold is { } fold && !(fold <= (spec.Folds ?? (settings.ContainsKey("folds") ? fold : 0))))
        {
            violations.Add(new("settings.fold", spec.Folds is { } folds
                ? $"{fold} is none of {folds} folds; choose 1 to {folds}"
                : "says which fold, but not of how many; give settings.folds too"));
        }

        if (spec is { IsCrossValidation: true, Folds: { } all } && Names.IsValid(model) && !Names.IsValid(RunSpecification.FoldModel(model, all)))
        {
            violations.Add(new("model", $"\"{model}\" is too long: the models of its folds are named {RunSpecification.FoldModel(model, all)}"));
        }

        // A field whose text is no number has been named already, with the preset's value standing in for it.
        violations.AddRange(spec.Network.Violations());
        if (violations.Count > 0)
        {
            throw new OrganSegException(violations);
        }

        return spec is { Epochs: null, Minutes: null } ? spec with { Epochs = Presets.EpochsOf(preset) } : spec;
    }

    /// <summary>A specification from a JSON object with dataset, architecture, model and, beside them, settings.</summary>
    /// <param name="json">The object. A saved specification will do: its digest and classes are checked later.</param>
    /// <exception cref="OrganSegException">Invalid.</exception>
    public static RunSpecification Read(JsonElement json)
    {
        if (json.ValueKind != JsonValueKind.Object)
        {
            throw OrganSegException.Invalid("spec", "is not a JSON object");
        }

        RefuseTwice(json, "");
        var fields = json.EnumerateObject().ToDictionary(
            property => property.Name,
            property => property.Value.ValueKind == JsonValueKind.String ? property.Value.GetString()! : property.Value.GetRawText(),
            StringComparer.Ordinal);
        string Take(string name) => fields.Remove(name, out var value) ? value : "";
        if (json.TryGetProperty("variation", out var variation) && variation.ValueKind == JsonValueKind.Object)
        {
            RefuseTwice(variation, "variation.");
            fields.Remove("variation");
            foreach (var range in variation.EnumerateObject())
            {
                fields.TryAdd(range.Name, range.Value.GetRawText());
            }
        }

        var digest = Take("datasetDigest");
        Take("classes");
        Take("schema");
        return Read(Take("dataset"), Take("architecture"), Take("model"), fields) with { DatasetDigest = digest };
    }

    /// <summary>A key given twice leaves open which of its values is meant.</summary>
    private static void RefuseTwice(JsonElement json, string prefix)
    {
        FieldViolation[] twice = [.. json.EnumerateObject()
            .CountBy(property => property.Name, StringComparer.Ordinal)
            .Where(count => count.Value > 1)
            .Select(count => new FieldViolation(prefix + count.Key, $"is given {count.Value} times; give it once"))];
        if (twice.Length > 0)
        {
            throw new OrganSegException(twice);
        }
    }

    private static Setting Variation(string name, double high, Func<AugmentationOptions, double, AugmentationOptions> set) =>
        Setting.Number(name, 0, high, (spec, value) => spec with { Variation = set(spec.Variation, value) });
}
