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

        await using var host = await IngestHost.StartAsync(
            Token,
            settings: [$"--Ingest:DicomWeb:pacs:Url={server.DicomWeb}", $"--Ingest:DicomWeb:pacs:Authorization={OrthancServer.Authorization}"]);
        var labels = NiftiFile.Compress(Volumes.Labels(affine: Affine));
        var fetched = await Upload.To("fetched", header => header.DicomWeb.Add(new DicomWebQuery { Server = "pacs", Study = Study }))
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
    public async Task Import_ServerThatIsNotConfigured_IsRefusedAndNothingIsFetched()
    {
        await using var host = await IngestHost.StartAsync(Token);

        var error = await Upload.To("d", header => header.DicomWeb.Add(new DicomWebQuery { Server = "http://127.0.0.1", Study = Study })).SendBadAsync(host, Token);

        Assert.Equal("dicomWeb.server", Assert.Single(error.Violations).Field);
    }

    private static byte[] Image(int k) => new DicomImage
    {
        Width = Volumes.Side,
        Height = Volumes.Side,
        Pixels = [.. Enumerable.Repeat(10 + (100 * k), Volumes.Side * Volumes.Side)],
        Position = [0, 0, 2 * k],
        Study = Study,
        Series = Series,
        Instance = $"{Series}.{k + 1}",
    }.Write();
}
