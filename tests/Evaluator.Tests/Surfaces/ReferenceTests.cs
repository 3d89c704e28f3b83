using System.Text.Json;
using OrganSeg.Evaluator.Surfaces;
using OrganSeg.Imaging;
using OrganSeg.Testing;

namespace OrganSeg.Evaluator.Tests.Surfaces;

/// <summary>Every metric beside numpy and scipy's distance transform, by their definitions, on the same label maps.</summary>
public sealed class ReferenceTests
{
    private const byte Organ = 1;
    private const int Pairs = 100;
    private const double OverlapTolerance = 1e-9;
    private const double SurfaceTolerance = 1e-7;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Measure_RandomMaps_GivesWhatScipyGives(bool planar)
    {
        var random = new Random(planar ? 2 : 3);
        await CompareAsync([.. Enumerable.Range(0, Pairs).Select(_ => RandomPair(random, planar))]);
    }

    [Fact]
    public async Task Measure_RealSlicesAgainstTheirNeighbours_GivesWhatScipyGives()
    {
        var folder = Path.Combine(Repository.Root, "..", "shared", "data", "btcv", "labelled", "224", "labels");
        Assert.SkipUnless(Directory.Exists(folder), $"{folder} is absent");
        var files = Directory.GetFiles(folder, "*.png").Order(StringComparer.Ordinal).ToList();
        var slices = files.Where((_, i) => i % 40 == 0).Zip(files.Where((_, i) => i % 40 == 1));
        var pairs = new List<Pair>();
        foreach (var (left, right) in slices)
        {
            var (reference, prediction) = (await ReadAsync(left), await ReadAsync(right));
            pairs.AddRange(Enumerable.Range(1, 4).Select(organ => new Pair(
                Only(reference, (byte)organ), Only(prediction, (byte)organ), new GridSpacing(0.83, 0.77, 1), 2)));
        }

        await CompareAsync(pairs);

        static async Task<ByteImage> ReadAsync(string file) => Png.ReadLabels(await File.ReadAllBytesAsync(file, Token), file);

        static LabelGrid Only(ByteImage labels, byte organ) => LabelGrid.Of(new ByteImage(
            labels.Width, labels.Height, Array.ConvertAll(labels.Pixels, id => id == organ ? Organ : (byte)0)));
    }

    private static async Task CompareAsync(IReadOnlyList<Pair> pairs)
    {
        var python = await SystemPython.FindAsync("import numpy, scipy.ndimage", Token);
        Assert.SkipUnless(python is not null, "No Python with numpy and scipy (Debian: python3-numpy python3-scipy).");
        var input = string.Concat(pairs.Select(pair => JsonSerializer.Serialize(pair.Describe()) + "\n"));
        var (code, output) = await python.RunAsync(
            input, Token, Repository.PathOf("tests", "Evaluator.Tests", "Surfaces", "surface_references.py"));
        Assert.True(code == 0, output);
        var lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(pairs.Count, lines.Length);
        for (var i = 0; i < lines.Length; i++)
        {
            var wanted = JsonDocument.Parse(lines[i]).RootElement;
            foreach (var (name, value, tolerance) in pairs[i].Measure())
            {
                var expected = wanted.TryGetProperty(name, out var number) && number.ValueKind == JsonValueKind.Number ? number.GetDouble() : (double?)null;
                Assert.True(
                    expected.HasValue == value.HasValue && (!value.HasValue || Math.Abs(expected!.Value - value.Value) <= tolerance),
                    $"pair {i} ({pairs[i]}): {name} is {value}, scipy has {expected}");
            }
        }
    }

    private static Pair RandomPair(Random random, bool planar)
    {
        var (width, height, depth) = (random.Next(1, 40), random.Next(1, 40), planar ? 1 : random.Next(1, 24));
        var spacing = new GridSpacing(0.4 + random.NextDouble(), 0.4 + random.NextDouble(), 0.5 + (5 * random.NextDouble()));
        var kind = random.Next(8);
        LabelGrid Draw() => new(width, height, [.. Enumerable.Range(0, depth).Select(_ => new byte[width * height])], planar);
        var (reference, prediction) = (Draw(), Draw());
        Fill(reference, kind == 0 ? 1 : 2);
        Fill(prediction, kind <= 1 ? 1 : 2);
        return new Pair(reference, prediction, spacing, 3 * random.NextDouble());

        // 1: nothing, noise or all; 2: balls with a hole and specks.
        void Fill(LabelGrid grid, int how)
        {
            var share = random.Next(3) switch { 0 => 0, 1 => 1, _ => random.NextDouble() };
            var balls = Enumerable.Range(0, random.Next(1, 4)).Select(_ => (
                X: random.NextDouble() * width, Y: random.NextDouble() * height, Z: random.NextDouble() * depth,
                R: 1 + (random.NextDouble() * Math.Max(width, height) / 3))).ToList();
            var specks = random.NextDouble() * 0.02;
            for (var z = 0; z < depth; z++)
            {
                for (var i = 0; i < width * height; i++)
                {
                    var (x, y) = (i % width, i / width);
                    var inside = how == 1
                        ? random.NextDouble() < share
                        : balls.Any(ball => Math.Sqrt(((x - ball.X) * (x - ball.X)) + ((y - ball.Y) * (y - ball.Y)) + (4 * (z - ball.Z) * (z - ball.Z))) is var far && far < ball.R && far > ball.R / 5)
                            ^ (random.NextDouble() < specks);
                    grid.Planes[z][i] = inside ? Organ : (byte)0;
                }
            }
        }
    }

    private sealed record Pair(LabelGrid Reference, LabelGrid Prediction, GridSpacing Spacing, double Tolerance)
    {
        private readonly SurfaceSettings _settings = new(Spacing, Tolerance);

        public object Describe()
        {
            var planar = Reference.IsPlanar;
            return new
            {
                shape = planar ? new[] { Reference.Height, Reference.Width } : [Reference.Depth, Reference.Height, Reference.Width],
                spacing = planar ? new[] { Spacing.Row, Spacing.Column } : [Spacing.Plane, Spacing.Row, Spacing.Column],
                tolerance = Tolerance,
                areas = _settings.AreasOf(Reference),
                reference = Convert.ToBase64String([.. Reference.Planes.SelectMany(plane => plane)]),
                prediction = Convert.ToBase64String([.. Prediction.Planes.SelectMany(plane => plane)]),
            };
        }

        public IEnumerable<(string Name, double? Value, double Tolerance)> Measure()
        {
            var census = LabelCensus.Of(Reference, Prediction, 2, Concurrency.All);
            var overlap = census.Confusion.CountsOf(Organ).Scores();
            var surfaces = OrganSurfaces.Measure(Reference, Prediction, census, Organ, _settings, new SurfaceWorkspace(), Concurrency.All);
            return
            [
                ("precision", overlap.Precision, OverlapTolerance),
                ("recall", overlap.Recall, OverlapTolerance),
                ("f1", overlap.F1, OverlapTolerance),
                ("iou", overlap.Iou, OverlapTolerance),
                ("specificity", overlap.Specificity, OverlapTolerance),
                ("volumetricSimilarity", overlap.VolumetricSimilarity, OverlapTolerance),
                ("nsd", surfaces.Nsd, SurfaceTolerance),
                ("hd", surfaces.Distances.Hd, SurfaceTolerance),
                ("hd95", surfaces.Distances.Hd95, SurfaceTolerance),
                ("hd95Medpy", surfaces.Distances.Hd95Medpy, SurfaceTolerance),
                ("assd", surfaces.Distances.Assd, SurfaceTolerance),
                ("referenceToPrediction", surfaces.Distances.ReferenceToPrediction, SurfaceTolerance),
                ("predictionToReference", surfaces.Distances.PredictionToReference, SurfaceTolerance),
            ];
        }
    }
}
