using System.Globalization;
using System.Text;
using System.Text.Json;
using Grpc.Core;
using OrganSeg.Contracts;
using OrganSeg.Imaging.Phantoms;
using OrganSeg.Imaging.Volumes;
using OrganSeg.V1;

namespace OrganSeg.Ingest.Tests.Export;

/// <summary>Sealed versions as files, over real gRPC.</summary>
public sealed class ExportTests
{
    private const int Size = 64;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task ExportDataset_AsPng_ImportedAgainIsTheSameVersion()
    {
        await using var host = await IngestHost.StartAsync(Token);
        var first = await Phantoms(header =>
        {
            header.Split = SplitPolicy.Table;
            header.SplitTable.Add(Enumerable.Range(0, 4).Select(i => new SplitEntry
            {
                CaseId = $"phantom{i:0000}",
                Split = i < 2 ? "train" : i == 2 ? "validation" : "test",
            }));
        }).SendAsync(host, Token);

        var files = await ExportAsync(host, ExportFormat.Png);

        Assert.Equal(first, await Again(files).SendAsync(host, Token));
    }

    // Drawn splits are another policy than the table that tells them, so that the version is another one; its slices are the same.
    [Fact]
    public async Task ExportDataset_AsPngOfADrawnSplit_ImportedAgainHasTheSameSlices()
    {
        await using var host = await IngestHost.StartAsync(Token);
        await Phantoms(header => header.Folds = 2).SendAsync(host, Token);
        var first = await host.Catalogue.GetAsync("d@1", Token);

        var files = await ExportAsync(host, ExportFormat.Png);
        await Again(files).SendAsync(host, Token);

        var second = await host.Catalogue.GetAsync("d@2", Token);
        Assert.Equal(first.Cases.Select(one => (one.Case, one.Sha256, one.Slices.Count)), second.Cases.Select(one => (one.Case, one.Sha256, one.Slices.Count)));
        Assert.Equal(
            first.Cases.SelectMany(one => one.Slices).Select(slice => (slice.Name, slice.Split, slice.Negative)),
            second.Cases.SelectMany(one => one.Slices).Select(slice => (slice.Name, slice.Split, slice.Negative)));
        var table = Encoding.UTF8.GetString(files["split.csv"]).TrimEnd().Split('\n');
        Assert.Equal("file,case,split,fold", table[0]);
        Assert.Equal(
            first.Cases.SelectMany(one => one.Slices.Select(slice => $"{slice.Name}.png,{one.Case},{slice.Split},{one.Fold}")), table.Skip(1));
    }

    [Theory]
    [InlineData("a: <b> \"c\" | * ?_slice1")]
    [InlineData("CON")]
    [InlineData(".._slice1")]
    [InlineData("a.b Ünïcode_slice1")]
    public async Task ExportDataset_UnusualName_IsAFileNameOnEverySystem(string name)
    {
        await using var host = await IngestHost.StartAsync(Token);
        await Upload.To("d").Slice($"{name}.png").SendAsync(host, Token);

        foreach (var format in new[] { ExportFormat.Png, ExportFormat.Nifti })
        {
            foreach (var file in (await ExportAsync(host, format)).Keys)
            {
                Assert.Matches(@"^([a-z]+/)?[\p{L}\p{N}_-][\p{L}\p{N}_. -]*\.(png|nii\.gz|csv)$", file);
                Assert.DoesNotMatch(@"(?i)(^|/)con\.", file);
            }
        }
    }

    // Read back by the reader of volumes, which shows slices front up and the patient's right at the left from the feet on.
    [Fact]
    public async Task ExportDataset_AsNifti_VolumesAreTheSlicesInTheirOrder()
    {
        await using var host = await IngestHost.StartAsync(Token);
        await Phantoms().SendAsync(host, Token);
        var manifest = await host.Catalogue.GetAsync("d", Token);

        var files = await ExportAsync(host, ExportFormat.Nifti);

        Assert.Equal(1 + (2 * manifest.Cases.Count), files.Count);
        foreach (var one in manifest.Cases)
        {
            var samples = await host.Catalogue.ReadAsync(manifest with { Cases = [one] }, null, Token).ToListAsync(Token);
            var image = await VolumeAsync(files[$"images/{one.Case}.nii.gz"]);
            var labels = await VolumeAsync(files[$"labels/{one.Case}.nii.gz"]);
            Assert.Equal([Size, Size, samples.Count], image.Geometry.Lengths);
            Assert.Equal("LPS", image.Geometry.Orientation);
            Assert.Equal((1.0, 1.0, 1.0), (image.Geometry.Spacing.RowMm, image.Geometry.Spacing.ColumnMm, image.Geometry.SliceDistance));
            for (var i = 0; i < samples.Count; i++)
            {
                Assert.Equal(samples[i].Image.Pixels, image.Window(i, 0, 255).Pixels);
                Assert.Equal(samples[i].Labels.Pixels, labels.Window(i, 0, 255).Pixels);
            }
        }

        var table = Encoding.UTF8.GetString(files["cases.csv"]).TrimEnd().Split('\n');
        Assert.Equal(1 + manifest.Cases.Count, table.Length);
        Assert.All(table.Skip(1), row => Assert.Contains("spacing unknown", row, StringComparison.Ordinal));
    }

    [Fact]
    public async Task ExportDataset_AsNnUnet_HasItsRawLayout()
    {
        await using var host = await IngestHost.StartAsync(Token);
        await Phantoms(header => header.Folds = 2).SendAsync(host, Token);
        var manifest = await host.Catalogue.GetAsync("d", Token);

        var files = await ExportAsync(host, ExportFormat.Nnunet);

        var expected = manifest.Cases.SelectMany(one => one.Slices[0].Split == "test"
            ? new[] { $"imagesTs/{one.Case}_0000.nii.gz", $"labelsTs/{one.Case}.nii.gz" }
            : [$"imagesTr/{one.Case}_0000.nii.gz", $"labelsTr/{one.Case}.nii.gz"]);
        Assert.Equal(expected.Append("dataset.json").Append("splits_final.json").Order(StringComparer.Ordinal), files.Keys.Order(StringComparer.Ordinal));
        using var dataset = JsonDocument.Parse(files["dataset.json"]);
        Assert.Equal("CT", dataset.RootElement.GetProperty("channel_names").GetProperty("0").GetString());
        Assert.Equal(".nii.gz", dataset.RootElement.GetProperty("file_ending").GetString());
        Assert.Equal(files.Keys.Count(name => name.StartsWith("imagesTr/", StringComparison.Ordinal)), dataset.RootElement.GetProperty("numTraining").GetInt32());
        Assert.Equal(
            ["background=0", "liver=1", "kidney=2", "spleen=3", "pancreas=4"],
            dataset.RootElement.GetProperty("labels").EnumerateObject().Select(label => string.Create(CultureInfo.InvariantCulture, $"{label.Name}={label.Value.GetInt32()}")));
        using var folds = JsonDocument.Parse(files["splits_final.json"]);
        foreach (var (fold, i) in folds.RootElement.EnumerateArray().Select((fold, i) => (fold, i)))
        {
            string[] validated = [.. manifest.Cases.Where(one => one.Fold == i + 1).Select(one => one.Case)];
            string[] learned = [.. manifest.Cases.Where(one => one.Fold is { } of && of != i + 1).Select(one => one.Case)];
            Assert.Equal(validated, fold.GetProperty("val").EnumerateArray().Select(name => name.GetString()));
            Assert.Equal(learned, fold.GetProperty("train").EnumerateArray().Select(name => name.GetString()));
        }
    }

    [Fact]
    public async Task ExportDataset_AsNnUnetOfASplitBySlice_IsRefused()
    {
        await using var host = await IngestHost.StartAsync(Token);
        await Phantoms(header => header.Split = SplitPolicy.Slice).SendAsync(host, Token);

        var error = await Assert.ThrowsAsync<RpcException>(() => ExportAsync(host, ExportFormat.Nnunet));

        Assert.Equal("format", Assert.Single(GrpcErrors.ToOrganSegException(error).Violations).Field);
        Assert.Contains("several sides", error.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ExportDataset_NoFormat_IsRefused()
    {
        await using var host = await IngestHost.StartAsync(Token);
        await Upload.To("d").Slice("a_slice1.png").SendAsync(host, Token);

        var error = await Assert.ThrowsAsync<RpcException>(() => ExportAsync(host, ExportFormat.Unspecified));

        Assert.Equal(StatusCode.InvalidArgument, error.StatusCode);
    }

    private static Upload Phantoms(Action<ImportHeader>? configure = null)
    {
        var upload = Upload.To("d", header =>
        {
            header.Size = Size;
            configure?.Invoke(header);
        });
        var generator = new PhantomGenerator(7);
        for (var patient = 0; patient < 4; patient++)
        {
            foreach (var slice in generator.Patient(patient, 3, Size))
            {
                upload.Slice(slice.FileName, slice.Image, slice.Labels);
            }

            foreach (var slice in generator.Negatives(patient, 1, Size))
            {
                upload.Negative(slice.FileName, slice.Image);
            }
        }

        return upload;
    }

    private static Upload Again(Dictionary<string, byte[]> files)
    {
        var upload = Upload.To("d", header =>
        {
            header.Size = Size;
            header.Split = SplitPolicy.Table;
            header.SplitTable.Add(Encoding.UTF8.GetString(files["split.csv"]).TrimEnd().Split('\n').Skip(1)
                .Select(line => line.Split(','))
                .Select(cells => new SplitEntry { File = cells[0], Split = cells[2] }));
        });
        foreach (var (name, content) in files.Where(file => file.Key != "split.csv"))
        {
            var role = name.Split('/')[0] switch { "images" => FileRole.Image, "labels" => FileRole.Label, _ => FileRole.Negative };
            upload.File(role, name.Split('/')[1], content);
        }

        return upload;
    }

    private static async Task<Dictionary<string, byte[]>> ExportAsync(IngestHost host, ExportFormat format)
    {
        using var call = host.Client.ExportDataset(new ExportDatasetRequest { Dataset = "d", Format = format }, cancellationToken: Token);
        return await Chunks.ReadAsync(call.ResponseStream, Token);
    }

    private static async Task<Volume> VolumeAsync(byte[] file) =>
        (await NiftiVolume.ReadAsync(new MemoryStream(file), "volume.nii.gz", 64 << 20, Token)).Volume;
}
