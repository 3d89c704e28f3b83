using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using OrganSeg.Ingest.DicomWeb;
using OrganSeg.Testing;

namespace OrganSeg.Ingest.Tests;

/// <summary>Against a real Orthanc.</summary>
public sealed class DicomWebClientTests
{
    private const string Study = "1.2.840.99.1";
    // Of letters that need no escape in an address: this Orthanc compares them as they are written there.
    private const string Patient = "P12-3";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task FetchAsync_SeriesOfAStudy_GivesEveryFileOnce()
    {
        await using var server = await OrthancServer.StartAsync(Token);
        byte[][] files = [.. Enumerable.Range(0, 3).Select(z => Image(z, "1.2.840.99.1.1", Study, Patient))];
        foreach (var file in (byte[][])[.. files, Image(0, "1.2.840.99.1.2", Study, Patient), Image(0, "1.2.840.99.2.1", "1.2.840.99.2", "other")])
        {
            await server.AddAsync(file, Token);
        }

        await using var app = App(server.DicomWeb, OrthancServer.Authorization);
        var client = app.Services.GetRequiredService<DicomWebClient>();
        var study = await client.FindAsync(new("pacs", Study, null, null), Token);
        var patient = await client.FindAsync(new("pacs", null, null, Patient), Token);
        var one = await client.FindAsync(new("pacs", null, "1.2.840.99.2.1", null), Token);

        Assert.Equal([new(Study, "1.2.840.99.1.1", "CT"), new(Study, "1.2.840.99.1.2", "CT")], study);
        Assert.Equal(study, patient);
        Assert.Equal(["1.2.840.99.2"], one.Select(series => series.Study));
        var fetched = new List<byte[]>();
        await foreach (var file in client.FetchAsync(new("pacs", Study, null, null), study[0], Token))
        {
            fetched.Add(file);
        }

        // Orthanc gives files back as they came.
        Assert.Equal(files.Select(Convert.ToHexString).Order(), fetched.Select(Convert.ToHexString).Order());
    }

    [Fact]
    public async Task FindAsync_MoreSeriesThanAPage_GivesAll()
    {
        await using var server = await OrthancServer.StartAsync(Token);
        for (var i = 0; i < 205; i++)
        {
            await server.AddAsync(Image(0, $"1.2.840.99.1.{i + 1}", Study, Patient), Token);
        }

        await using var app = App(server.DicomWeb, OrthancServer.Authorization);
        var found = await app.Services.GetRequiredService<DicomWebClient>().FindAsync(new("pacs", Study, null, null), Token);

        Assert.Equal(205, found.Distinct().Count());
    }

    [Fact]
    public async Task FindAsync_ServerThatGivesFewerThanAreAskedForAndSomeOfAnotherStudy_GivesAllOfTheStudy()
    {
        // Orthanc does neither; the standard allows the first (PS3.18, 8.3.4.4).
        // Elsewhere than here, where the settings of Ingest lie.
        using var folder = new TemporaryFolder();
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions
        {
            ContentRootPath = folder.Path,
            Args = ["--urls=http://127.0.0.1:0", "--Logging:LogLevel:Default=None"],
        });
        await using var server = builder.Build();
        server.MapGet("/studies/{study}/series", (HttpContext http, string study) =>
        {
            var offset = int.Parse(http.Request.Query["offset"].Single()!);
            return http.Request.Query["Modality"] != "CT" ? Results.NoContent() : Results.Json(
                Enumerable.Range(offset, Math.Clamp(7 - offset, 0, 3)).Select(i => new Dictionary<string, object>
                {
                    ["0020000D"] = new { vr = "UI", Value = new[] { i == 4 ? "1.9" : study } },
                    ["0020000E"] = new { vr = "UI", Value = new[] { $"{study}.{i}" } },
                }),
                new JsonSerializerOptions());
        });
        await server.StartAsync(Token);

        await using var app = App(new Uri(server.Urls.First()), null);
        var found = await app.Services.GetRequiredService<DicomWebClient>().FindAsync(new("pacs", "1.7", null, null), Token);

        Assert.Equal([0, 1, 2, 3, 5, 6], found.Select(one => one.Series[^1] - '0'));
    }

    [Theory]
    [InlineData("pacs.hospital/dicom-web")]
    [InlineData("ftp://pacs/dicom-web")]
    [InlineData("")]
    public async Task Start_ServerWithoutWholeAddress_NamesTheSetting(string url)
    {
        var error = await Assert.ThrowsAsync<OptionsValidationException>(() => IngestHost.StartAsync(Token, settings: [$"--Ingest:DicomWeb:pacs:Url={url}", "--Ingest:DicomWeb:pacs:Authorization=x"]));

        Assert.Contains("Ingest:DicomWeb:NAME:Url", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task FindAsync_NothingMatches_SaysSo()
    {
        await using var server = await OrthancServer.StartAsync(Token);
        await using var app = App(server.DicomWeb, OrthancServer.Authorization);

        var error = await Assert.ThrowsAsync<OrganSegException>(() =>
            app.Services.GetRequiredService<DicomWebClient>().FindAsync(new("pacs", Study, null, null), Token));

        Assert.Equal(ErrorKind.Missing, error.Kind);
        Assert.DoesNotContain(Study, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task FindAsync_WrongPassword_NamesTheSetting()
    {
        await using var server = await OrthancServer.StartAsync(Token);
        await using var app = App(server.DicomWeb, "Basic bm86bm8=");

        var error = await Assert.ThrowsAsync<OrganSegException>(() =>
            app.Services.GetRequiredService<DicomWebClient>().FindAsync(new("pacs", Study, null, null), Token));

        Assert.Equal(ErrorKind.NotReady, error.Kind);
        Assert.Contains("Ingest:DicomWeb:pacs:Authorization", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("pacs", "../../x", null, null, "dicomWeb.study")]
    [InlineData("pacs", null, "1.2/..", null, "dicomWeb.series")]
    [InlineData("pacs", null, null, "A*", "dicomWeb.patient")]
    [InlineData("pacs", null, null, null, "dicomWeb")]
    [InlineData("elsewhere", "1.2", null, null, "dicomWeb.server")]
    public async Task FindAsync_BadQuery_IsRefusedByField(string server, string? study, string? series, string? patient, string field)
    {
        await using var app = App(new Uri("http://127.0.0.1:1/"), null);

        var error = await Assert.ThrowsAsync<OrganSegException>(() =>
            app.Services.GetRequiredService<DicomWebClient>().FindAsync(new(server, study, series, patient), Token));

        Assert.Equal(ErrorKind.Invalid, error.Kind);
        Assert.Equal([field], error.Violations.Select(violation => violation.Field));
    }

    private static byte[] Image(int z, string series, string study, string patient) => new DicomImage
    {
        Width = 5,
        Height = 4,
        Pixels = [.. Enumerable.Range(0, 20).Select(i => i + (100 * z))],
        Position = [0, 0, 3 * z],
        Series = series,
        Study = study,
        Instance = $"{series}.{z + 1}",
        PatientId = patient,
    }.Write();

    private static WebApplication App(Uri url, string? authorization)
    {
        var builder = WebApplication.CreateSlimBuilder([
            "--Logging:LogLevel:Default=None", $"--Ingest:DicomWeb:pacs:Url={url}", $"--Ingest:DicomWeb:pacs:Authorization={authorization}"]);
        builder.Services.AddOptions<IngestOptions>().BindConfiguration(IngestOptions.Section);
        builder.AddDicomWeb();
        return builder.Build();
    }
}
