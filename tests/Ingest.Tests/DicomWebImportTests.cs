using OrganSeg.Testing;
using OrganSeg.V1;

namespace OrganSeg.Ingest.Tests;

/// <summary>Imports out of a real Orthanc, over real gRPC into a real store.</summary>
public sealed class DicomWebImportTests
{
    private const string Study = "1.2.840.98.1";
    private const string Series = "1.2.840.98.1.7";
    private static readonly double[] Affine = [-1, 0, 0, 0, 0, -1, 0, 0, 0, 0, 2, 0];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Import_SeriesOfAServer_IsTheDatasetThatItsFilesMake()
    {
        await using var server = await OrthancServer.StartAsync(Token);
        (string Name, byte[] Content)[] files = [.. Enumerable.Range(0, 3).Select(k => ($"{k}.dcm", Image(k)))];
        foreach (var (_, content) in files)
        {
            await server.AddAsync(content, Token);
        }

        await using var host = await HostAsync(server);
        var labels = NiftiFile.Compress(Volumes.Labels(affine: Affine));
        var fetched = await ToStudy("fetched")
            .File(FileRole.Label, $"{Series}.nii.gz", labels)
            .SendAsync(host, Token);
        var sent = await Upload.To("sent")
            .File(FileRole.Image, "series.zip", DicomImage.Zip(files))
            .File(FileRole.Label, "series.nii.gz", labels)
            .SendAsync(host, Token);

        Assert.Equal(sent.Digest, fetched.Digest);
        Assert.Equal(3u, fetched.Splits.Aggregate(0u, (sum, split) => sum + split.Slices));
    }

    [Fact]
    public async Task Import_StudyWithOtherSeries_TakesTheOneThatHasLabels()
    {
        await using var server = await OrthancServer.StartAsync(Token);
        foreach (var k in Enumerable.Range(0, 3))
        {
            await server.AddAsync(Image(k), Token);
            await server.AddAsync(Image(k, Series + ".8"), Token);
        }

        await using var host = await HostAsync(server);
        var error = await ToStudy("d").SendBadAsync(host, Token);
        var dataset = await ToStudy("d").File(FileRole.Label, $"{Series}.nii.gz", NiftiFile.Compress(Volumes.Labels(affine: Affine))).SendAsync(host, Token);

        Assert.Contains(error.Violations, violation => violation.Field == "dicomWeb" && violation.Description.Contains("2 CT series", StringComparison.Ordinal));
        Assert.Equal(1u, dataset.Splits.Aggregate(0u, (sum, split) => sum + split.Cases));
    }

    [Fact]
    public async Task Import_StudyWithSegmentations_TakesThatOfASeriesUnlessLabelsWereSent()
    {
        await using var server = await OrthancServer.StartAsync(Token);
        foreach (var k in Enumerable.Range(0, 3))
        {
            await server.AddAsync(Image(k), Token);
        }

        await server.AddAsync(Segmentation(Series, 1), Token);
        await server.AddAsync(Segmentation("1.2.840.98.1.99", 2), Token);
        await using var host = await HostAsync(server);
        var own = await ToStudy("own").SendAsync(host, Token);
        var sent = await ToStudy("sent").File(FileRole.Label, $"{Series}.nii.gz", NiftiFile.Compress(Volumes.Labels(affine: Affine))).SendAsync(host, Token);

        Assert.Equal(1u, own.Splits.Aggregate(0u, (sum, split) => sum + split.SlicesWith["spleen"]));
        Assert.Equal(2u, sent.Splits.Aggregate(0u, (sum, split) => sum + split.SlicesWith["liver"]));
    }

    [Fact]
    public async Task Import_ServerThatIsNotConfigured_IsRefusedAndNothingIsFetched()
    {
        await using var host = await IngestHost.StartAsync(Token);

        var error = await Upload.To("d", header => header.DicomWeb.Add(new DicomWebQuery { Server = "http://127.0.0.1", Study = Study })).SendBadAsync(host, Token);

        Assert.Equal("dicomWeb.server", Assert.Single(error.Violations).Field);
    }

    private static Task<IngestHost> HostAsync(OrthancServer server) => IngestHost.StartAsync(
        Token, settings: [$"--Ingest:DicomWeb:pacs:Url={server.DicomWeb}", $"--Ingest:DicomWeb:pacs:Authorization={OrthancServer.Authorization}"]);

    private static Upload ToStudy(string dataset) =>
        Upload.To(dataset, header => header.DicomWeb.Add(new DicomWebQuery { Server = "pacs", Study = Study }));

    /// <summary>Spleen in the middle slice.</summary>
    private static byte[] Segmentation(string reference, int number) => new DicomFrames
    {
        Width = Volumes.Side,
        Height = Volumes.Side,
        Frames = [([0, 0, 2], [.. Enumerable.Range(0, Volumes.Side * Volumes.Side).Select(i => i % 2)])],
        Shown = [3],
        Segments = [(3, "Spleen", "78961009")],
        Study = Study,
        Series = $"{Series}.5{number}",
        Instance = $"{Series}.5{number}.1",
        Reference = reference,
    }.Write();

    private static byte[] Image(int k, string series = Series) => new DicomImage
    {
        Width = Volumes.Side,
        Height = Volumes.Side,
        Pixels = [.. Enumerable.Repeat(10 + (100 * k), Volumes.Side * Volumes.Side)],
        Position = [0, 0, 2 * k],
        Study = Study,
        Series = series,
        Instance = $"{series}.{k + 1}",
    }.Write();
}
