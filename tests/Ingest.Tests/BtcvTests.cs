using OrganSeg.Testing;
using OrganSeg.V1;

namespace OrganSeg.Ingest.Tests;

/// <summary>The real slices of <c>shared/data/btcv</c>, against the table that came with them.</summary>
public sealed class BtcvTests
{
    private static readonly string[] Organs = ["liver", "kidney", "spleen", "pancreas"];

    [Fact]
    public async Task Import_AllSlicesAt224_HasTheTablesSplitsAndOrgans()
    {
        var token = TestContext.Current.CancellationToken;
        var folder = Folder();
        var rows = await RowsAsync(folder, token);
        await using var host = await IngestHost.StartAsync(token);
        var upload = await UploadAsync(folder, 224, rows, token);

        var dataset = await upload.SendAsync(host, token);

        Assert.Equal([("train", 13u, 810u), ("validation", 2u, 82u)], dataset.Splits.Select(s => (s.Split, s.Cases, s.Slices)));
        Assert.False(dataset.Leaky);
        Assert.Equal(0u, dataset.NearDuplicates);
        var manifest = await host.Catalogue.GetAsync("btcv", token);
        var slices = manifest.Cases.SelectMany(one => one.Slices).ToDictionary(slice => slice.Name);
        Assert.Equal(892, slices.Count);
        foreach (var row in rows)
        {
            var slice = slices[Path.GetFileNameWithoutExtension(row.File)];
            Assert.Equal(row.Split, slice.Split);
            for (var organ = 0; organ < Organs.Length; organ++)
            {
                // At 224² a pixel stands for 5.2 of the table's; a few of those may fall between the samples.
                if (row.Pixels[organ] is 0 or > 60)
                {
                    Assert.Equal(row.Pixels[organ] > 0, slice.Pixels.ContainsKey(Organs[organ]));
                }
            }
        }
    }

    [Fact]
    public async Task Import_ValidationSlicesAt512_HasTheTablesPixelCounts()
    {
        var token = TestContext.Current.CancellationToken;
        var folder = Folder();
        var rows = (await RowsAsync(folder, token)).Where(row => row.Split == "validation").ToArray();
        await using var host = await IngestHost.StartAsync(token);
        var upload = await UploadAsync(folder, 512, rows, token);

        await upload.SendAsync(host, token);

        var manifest = await host.Catalogue.GetAsync("btcv", token);
        var slices = manifest.Cases.SelectMany(one => one.Slices).ToDictionary(slice => slice.Name);
        Assert.Equal(82, slices.Count);
        foreach (var row in rows)
        {
            var slice = slices[Path.GetFileNameWithoutExtension(row.File)];
            Assert.Equal(row.Pixels, Organs.Select(organ => slice.Pixels.GetValueOrDefault(organ)));
        }
    }

    private static async Task<Upload> UploadAsync(
        string folder, int size, IReadOnlyList<Row> rows, CancellationToken cancellationToken)
    {
        var upload = Upload.To("btcv", header =>
        {
            header.Size = (uint)size;
            header.Split = SplitPolicy.Table;
            header.SplitTable.Add(rows.Select(row => new SplitEntry { File = row.File, Split = row.Split }));
        });
        foreach (var (kind, role) in new[] { ("images", FileRole.Image), ("labels", FileRole.Label) })
        {
            foreach (var row in rows)
            {
                var path = Path.Combine(folder, "labelled", $"{size}", kind, row.File);
                upload.File(role, row.File, await File.ReadAllBytesAsync(path, cancellationToken));
            }
        }

        return upload;
    }

    private static async Task<Row[]> RowsAsync(string folder, CancellationToken cancellationToken) =>
        [.. (await File.ReadAllLinesAsync(Path.Combine(folder, "slices.csv"), cancellationToken))
            .Skip(1)
            .Select(line => line.Split(','))
            .Select(cells => new Row(cells[0], cells[3], [.. cells.Skip(4).Select(long.Parse)]))];

    private static string Folder()
    {
        var folder = Repository.PathOf("..", "shared", "data", "btcv");
        Assert.SkipUnless(Directory.Exists(folder), "shared/data/btcv is not beside the repository.");
        return folder;
    }

    private sealed record Row(string File, string Split, long[] Pixels);
}
