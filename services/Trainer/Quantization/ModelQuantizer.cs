using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.ML.OnnxRuntime;
using OrganSeg.Imaging;
using OrganSeg.Onnx;
using OrganSeg.Onnx.Quantization;
using OrganSeg.Storage;

namespace OrganSeg.Trainer.Quantization;

/// <summary>Quantizes an exported model and certifies what that cost. Synchronous, and busy on every thread it may use.</summary>
/// <param name="threads">Threads; 0 is one for each core.</param>
/// <param name="progress">Takes stage, done and total, in slices.</param>
internal sealed class ModelQuantizer(int threads, Action<string, int, int> progress)
{
    /// <summary>Most that an organ's F1 may fall, unless told otherwise.</summary>
    public const double DefaultTolerance = 0.005;

    /// <summary>Most that an organ's F1 may fall.</summary>
    public double Tolerance { get; init; } = DefaultTolerance;

    /// <summary>Changes the ranges that were observed.</summary>
    public Func<ValueRange, ValueRange> Widen { get; init; } = range => range;

    /// <summary>Name of a method, such as <c>min-max</c>.</summary>
    public static string NameOf(CalibrationMethod method) => JsonNamingPolicy.KebabCaseLower.ConvertName(method.ToString());

    /// <param name="onnx">The float model, of the contract of every published model.</param>
    /// <param name="schema">Its classes.</param>
    /// <param name="data">Slices of its size.</param>
    /// <param name="cancellationToken">Checked between slices.</param>
    /// <exception cref="OrganSegException">NotReady: there are no slices to observe, or the model cannot be run.</exception>
    public QuantizedModel Quantize(byte[] onnx, LabelSchema schema, QuantizationData data, CancellationToken cancellationToken)
    {
        if (data.Calibration.Count == 0)
        {
            throw new OrganSegException(ErrorKind.NotReady, $"{data.Dataset.Reference} has no training slices to calibrate on.");
        }

        var size = data.Dataset.Size;
        var prepared = Quantizer.Prepare(OnnxReader.Read(onnx));
        var ranges = Calibration.Run(
            prepared, data.Calibration, size, data.Method, threads,
            done => progress("calibrate", done, data.Calibration.Count), cancellationToken)
            .ToDictionary(range => range.Key, range => Widen(range.Value), StringComparer.Ordinal);

        using var model = new OnnxSession(onnx, threads);
        var predicted = Predict(model, "validate float32");
        var truth = Scores(schema, data.Validation.Select(slice => slice.Labels), data.Validation);
        var floatScores = Scores(schema, predicted, data.Validation);
        var floatF1 = floatScores.Where(organ => truth.ContainsKey(organ.Key)).ToDictionary(StringComparer.Ordinal);

        // What the float model finds nothing of cannot get worse, which says nothing.
        var judged = floatF1.Where(organ => organ.Value > 0).Select(organ => organ.Key).ToHashSet(StringComparer.Ordinal);

        var files = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        var variants = new List<QuantizedVariant>();
        foreach (var name in QuantizedVariant.Names)
        {
            var options = new QuantizerOptions { ReducedRange = name == QuantizedVariant.ReducedBits };
            var graph = Quantizer.Quantize(prepared, ranges, options);
            graph.SetMetadata("organseg.variant", name);
            var bytes = OnnxWriter.Write(graph);
            var vectors = VectorMaker.Make(bytes, threads);
            using var session = new OnnxSession(bytes, threads);
            var labels = Predict(session, $"validate {name}");
            var f1 = Scores(schema, labels, data.Validation);
            var scores = floatF1.ToDictionary(
                organ => organ.Key, organ => f1.GetValueOrDefault(organ.Key), StringComparer.Ordinal);
            var changes = scores.Where(organ => judged.Contains(organ.Key))
                .ToDictionary(organ => organ.Key, organ => organ.Value - floatF1[organ.Key], StringComparer.Ordinal);
            var error = vectors.Max(vector => vector.Error(session.Logits(vector.Grey, vector.Height, vector.Width)));
            var variant = new QuantizedVariant
            {
                Name = name,
                Passed = error <= VectorMaker.Tolerance && changes.Count > 0 && changes.Values.All(change => change >= -Tolerance),
                WeightBits = options.ReducedRange ? 7 : 8,
                Sha256 = Convert.ToHexStringLower(SHA256.HashData(bytes)),
                Bytes = bytes.Length,
                F1 = scores,
                F1Change = changes,
                LabelAgreement = Agreement(labels, predicted),
                FloatNodes = Quantizer.FloatNodes(prepared, options),
                VectorTolerance = VectorMaker.Tolerance,
                VectorError = double.IsFinite(error) ? error : double.MaxValue,
                Vectors = vectors,
            };
            variants.Add(variant);
            if (variant.Passed)
            {
                files[variant.File] = bytes;
            }
        }

        return new(
            new QuantizationCertificate
            {
                Method = NameOf(data.Method),
                Dataset = data.Dataset.Reference,
                DatasetDigest = data.Dataset.Digest,
                CalibrationSlices = data.Calibration.Count,
                ValidationSlices = data.Validation.Count,
                ValidationSplit = data.ValidationSplit,
                Tolerance = Tolerance,
                OnnxSha256 = Convert.ToHexStringLower(SHA256.HashData(onnx)),
                OnnxRuntimeVersion = OrtEnv.Instance().GetVersionString(),
                FloatF1 = floatF1,
                NotJudged = [.. schema.Organs.Select(organ => organ.Name).Where(organ => !judged.Contains(organ))],
                Variants = variants,
            },
            files);

        IReadOnlyList<byte[]> Predict(OnnxSession session, string stage)
        {
            var labels = new List<byte[]>(data.Validation.Count);
            foreach (var slice in data.Validation)
            {
                cancellationToken.ThrowIfCancellationRequested();
                labels.Add(session.Labels(slice.Grey, size, size));
                progress(stage, labels.Count, data.Validation.Count);
            }

            return labels;
        }
    }

    private static IReadOnlyDictionary<string, double> Scores(
        LabelSchema schema, IEnumerable<byte[]> predicted, IReadOnlyList<QuantizationSlice> slices)
    {
        var confusion = new Training.Confusion(schema.Count);
        foreach (var (labels, slice) in predicted.Zip(slices))
        {
            var counts = new long[schema.Count * schema.Count];
            for (var i = 0; i < labels.Length; i++)
            {
                counts[(slice.Labels[i] * schema.Count) + labels[i]]++;
            }

            confusion.Add(counts);
        }

        return confusion.F1ByOrgan(schema);
    }

    private static double Agreement(IReadOnlyList<byte[]> a, IReadOnlyList<byte[]> b)
    {
        long equal = 0, all = 0;
        foreach (var (x, y) in a.Zip(b))
        {
            equal += x.Zip(y).Count(pair => pair.First == pair.Second);
            all += x.Length;
        }

        return all == 0 ? 1 : (double)equal / all;
    }
}
