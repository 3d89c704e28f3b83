using OrganSeg.Trainer.Networks;
using OrganSeg.Trainer.Weights;
using static TorchSharp.torch;

namespace OrganSeg.Trainer.Import;

/// <summary>Makes a network out of a file of weights.</summary>
internal static class ImportedNetwork
{
    private const string CounterSuffix = ".num_batches_tracked";

    // Beyond it no network here has a dimension, and products of it stay exact.
    private const long MaxDimension = 1 << 20;

    /// <summary>The options of the network whose weights a file has.</summary>
    /// <param name="plan">What the caller said of it.</param>
    /// <param name="header">The file's header.</param>
    /// <exception cref="OrganSegException">
    /// Invalid: the file contradicts a setting, or its parameters are not those of the architecture.
    /// </exception>
    public static NetworkOptions OptionsOf(ImportPlan plan, SafeTensorHeader header)
    {
        var shapes = header.Entries.ToDictionary(entry => entry.Name, entry => entry.Shape, StringComparer.Ordinal);
        var violations = new List<FieldViolation>();
        var options = plan.Options with { Auxiliary = plan.Options.Auxiliary || HasAuxiliary(plan, shapes.Keys) };
        foreach (var setting in NetworkSetting.All)
        {
            if (Find(options, setting, shapes) is not { } found || found.Value == setting.Get(options))
            {
                continue;
            }

            if (plan.Given.Contains(setting.Name))
            {
                violations.Add(new($"settings.{setting.Name}",
                    $"{setting.Get(options)} contradicts {plan.FileName}, whose {found.Tensor} makes it {found.Value}; leave the setting out"));
            }
            else
            {
                options = setting.With(options, found.Value);
            }
        }

        violations.AddRange(options.Violations());
        if (violations.Count > 0)
        {
            throw new OrganSegException(violations);
        }

        // Before anything is allocated: a header may claim a wide network for a file of a few bytes.
        StateCheck.ThrowIfWrong(options, Declared(options), header.Entries.ToDictionary(
            entry => entry.Name,
            entry => new StateForm(entry.Type.Name, entry.Type.IsFloating, entry.Shape),
            StringComparer.Ordinal));
        return options;
    }

    /// <summary>A network with a file's weights, which the caller disposes of.</summary>
    /// <exception cref="OrganSegException">Invalid: a weight is no finite number in float32.</exception>
    public static SegmentationNetwork Load(NetworkOptions options, SafeTensorFile file)
    {
        var network = SegmentationNetwork.Create(options, seed: 0);
        try
        {
            using var scope = NewDisposeScope();
            network.LoadState(file.Header.Entries.ToDictionary(entry => entry.Name, file.Read, StringComparer.Ordinal));
            var violations = network.State
                .Where(pair => !pair.Value.isfinite().all().item<bool>())
                .Select(pair => new FieldViolation(pair.Key, "has values that are not finite in float32; the network cannot predict with them"))
                .ToList();
            return violations.Count == 0 ? network : throw new OrganSegException(violations);
        }
        catch
        {
            network.Dispose();
            throw;
        }
    }

    private static bool HasAuxiliary(ImportPlan plan, IEnumerable<string> names) =>
        plan.Options.Architecture == SegmentationNetworks.DeepLabV3ResNet50
        && !plan.Given.Contains("auxiliary")
        && names.Any(name => name.StartsWith(DeepLabV3.AuxiliaryHead, StringComparison.Ordinal));

    private static Dictionary<string, StateForm> Declared(NetworkOptions options) => ParameterOps.Declare(options).ToDictionary(
        parameter => parameter.Name,
        parameter => parameter.Name.EndsWith(CounterSuffix, StringComparison.Ordinal)
            ? new StateForm("I64", false, parameter.Shape)
            : new StateForm("F32", true, parameter.Shape),
        StringComparer.Ordinal);

    /// <summary>
    /// Reads a setting off the first parameter whose shape depends on it: dimensions are linear in every setting, so two
    /// networks that differ in nothing else show by how much a dimension grows with it.
    /// </summary>
    private static (int Value, string Tensor)? Find(
        NetworkOptions options, NetworkSetting setting, Dictionary<string, long[]> shapes)
    {
        var step = setting.Low;
        var small = ParameterOps.Declare(setting.With(options, setting.Low));
        var large = ParameterOps.Declare(setting.With(options, setting.Low + step));
        foreach (var (a, b) in small.Zip(large))
        {
            if (!shapes.TryGetValue(a.Name, out var shape) || shape.Length != a.Shape.Length)
            {
                continue;
            }

            for (var i = 0; i < shape.Length; i++)
            {
                var growth = b.Shape[i] - a.Shape[i];
                if (growth == 0 || shape[i] > MaxDimension)
                {
                    continue;
                }

                var (more, rest) = Math.DivRem((shape[i] - a.Shape[i]) * step, growth);
                var value = setting.Low + more;
                if (rest == 0 && value >= setting.Low && value <= setting.High)
                {
                    return ((int)value, a.Name);
                }
            }
        }

        return null;
    }
}
