using System.Globalization;
using Grpc.Core;
using OrganSeg.Imaging;
using OrganSeg.Storage;
using OrganSeg.Testing;
using OrganSeg.V1;

namespace OrganSeg.Ingest.Tests;

/// <summary>
/// <c>kill -9</c> of the service again and again while files are uploaded and imported. <c>ORGANSEG_UPLOAD_KILLS</c> says how
/// often; by itself it is few times.
/// </summary>
public sealed class UploadKillTests(ITestOutputHelper output)
{
    private const int Kills = 8;
    private const int SmallSlices = 60;
    private const int LargeSlices = 4;

    [Fact]
    public async Task Kill9_AgainAndAgain_KeepsWhatWasAcknowledgedAndShowsOnlyWholeDatasets()
    {
        var token = TestContext.Current.CancellationToken;
        using var work = new TemporaryFolder();
        var expected = await ExpectedDigestAsync(token);
        var kills = int.TryParse(Environment.GetEnvironmentVariable("ORGANSEG_UPLOAD_KILLS"), CultureInfo.InvariantCulture, out var given) ? given : Kills;
        var random = new Random(1);
        var (client, rounds, resumed) = (Files(), 0, 0L);
        var killed = new Dictionary<Moment, int>();
        for (var kill = 0; kill < kills; kill++)
        {
            await using var service = await IngestProcess.StartAsync(work.Path, token);
            await AssertOnlyWholeDatasetsAsync(work.Path, rounds, expected, token);
            resumed += client.Acknowledged.Values.Sum();
            var life = new Life(service, client, $"round-{rounds}", random, token);
            var moment = await life.RunAsync();
            killed[moment] = killed.GetValueOrDefault(moment) + 1;
            if (life.Sealed is { } dataset)
            {
                Assert.Equal(expected, dataset.Digest);
                (client, rounds) = (Files(), rounds + 1);
            }
        }

        await using var last = await IngestProcess.StartAsync(work.Path, token);
        var ended = new Life(last, client, $"round-{rounds}", random: null, token);
        await ended.RunAsync();
        Assert.Equal(expected, ended.Sealed?.Digest);
        await AssertOnlyWholeDatasetsAsync(work.Path, rounds + 1, expected, token);
        output.WriteLine(
            $"{kills} kills ({string.Join(", ", killed.OrderBy(one => one.Key).Select(one => $"{one.Value} {one.Key}"))}), "
            + $"{rounds + 1} datasets, {resumed >> 20} MiB that were acknowledged before a kill");
    }

    /// <summary>The digest of the same files without uploads and without kills.</summary>
    private static async Task<string> ExpectedDigestAsync(CancellationToken cancellationToken)
    {
        await using var host = await IngestHost.StartAsync(cancellationToken);
        return (await Files().Streamed("expected").SendAsync(host, cancellationToken)).Digest;
    }

    /// <summary>Small slices that share a file on the service's disk, and larger ones that come in parts.</summary>
    private static UploadClient Files()
    {
        var random = new Random(7);
        var client = new UploadClient();
        for (var i = 0; i < SmallSlices + LargeSlices; i++)
        {
            var side = i < SmallSlices ? 96 : 1100;
            var image = new ByteImage(side, side);
            random.NextBytes(image.Pixels);
            client.Slice($"case{i % 5}_slice{i:D3}.png", image, Upload.LeftHalf((byte)(1 + (i % 4)), side, side));
        }

        return client;
    }

    /// <summary>Every dataset that can be seen is whole and as it should be; there may be one whose answer was lost.</summary>
    private static async Task AssertOnlyWholeDatasetsAsync(string folder, int rounds, string digest, CancellationToken cancellationToken)
    {
        var catalogue = new DatasetCatalogue(new FolderObjectStore(IngestProcess.StoreOf(folder)), TimeProvider.System);
        var count = 0;
        await foreach (var manifest in catalogue.ListAsync(cancellationToken))
        {
            Assert.Equal("1", manifest.Version);
            Assert.Equal(digest, manifest.Digest);
            Assert.Equal(SmallSlices + LargeSlices, await catalogue.ReadAsync(manifest, null, cancellationToken).CountAsync(cancellationToken));
            count++;
        }

        Assert.InRange(count, rounds, rounds + 1);
    }

    /// <summary>When a service was killed.</summary>
    private enum Moment
    {
        AfterBegin,
        WhileSending,
        AfterAcknowledgement,
        WhileImporting,
        AfterSealing,
    }

    /// <summary>One run of the service: an upload goes on, and at a moment that chance picks the service is killed.</summary>
    private sealed class Life(IngestProcess service, UploadClient client, string dataset, Random? random, CancellationToken cancellationToken)
    {
        // So many chunks go out before an acknowledgement is awaited, so that there are some to lose.
        private const int Pace = 40;

        private readonly Moment? _moment = random is null ? null : (Moment)random.Next((int)Moment.AfterSealing + 1);

        /// <summary>What was sealed, if the upload came so far.</summary>
        public Dataset? Sealed { get; private set; }

        public async Task<Moment> RunAsync()
        {
            var state = await client.BeginAsync(service.Uploads, cancellationToken);
            var chunks = client.Missing(state);
            if (_moment == Moment.AfterBegin)
            {
                return await KillAsync(Moment.AfterBegin);
            }

            if (chunks.Count > 0 && await SendAsync(state, chunks) is { } whileSending)
            {
                return whileSending;
            }

            return await ImportAsync(state) ?? await KillAsync(Moment.AfterSealing);
        }

        private async Task<Moment?> SendAsync(UploadState state, IReadOnlyList<UploadChunk> chunks)
        {
            var last = random?.Next(1, chunks.Count + 1) ?? chunks.Count;
            using var call = service.Uploads.AppendUpload(cancellationToken: cancellationToken);
            await call.RequestStream.WriteAsync(new AppendUploadRequest { Upload = state.Upload }, cancellationToken);
            var sent = 0;
            foreach (var chunk in chunks)
            {
                await call.RequestStream.WriteAsync(new AppendUploadRequest { Chunk = chunk }, cancellationToken);
                sent++;
                if (sent == last && _moment == Moment.WhileSending)
                {
                    return await KillAsync(Moment.WhileSending);
                }

                if (sent % Pace == 0 || sent == chunks.Count || (sent == last && _moment == Moment.AfterAcknowledgement))
                {
                    Assert.True(await call.ResponseStream.MoveNext(cancellationToken));
                    client.Acknowledge(chunks, call.ResponseStream.Current);
                }

                if (sent == last && _moment == Moment.AfterAcknowledgement)
                {
                    return await KillAsync(Moment.AfterAcknowledgement);
                }
            }

            await call.RequestStream.CompleteAsync();
            await foreach (var response in call.ResponseStream.ReadAllAsync(cancellationToken))
            {
                client.Acknowledge(chunks, response);
            }

            return null;
        }

        private async Task<Moment?> ImportAsync(UploadState state)
        {
            var messages = random?.Next(4) ?? int.MaxValue;
            using var call = service.Client.Import(cancellationToken: cancellationToken);
            foreach (var request in UploadClient.ImportOf(state, dataset))
            {
                await call.RequestStream.WriteAsync(request, cancellationToken);
            }

            await call.RequestStream.CompleteAsync();
            for (var received = 0; ; received++)
            {
                if (received == messages && _moment == Moment.WhileImporting)
                {
                    return await KillAsync(Moment.WhileImporting);
                }

                if (!await call.ResponseStream.MoveNext(cancellationToken))
                {
                    return null;
                }

                Sealed = call.ResponseStream.Current.Dataset ?? Sealed;
            }
        }

        private async Task<Moment> KillAsync(Moment moment)
        {
            if (random is not null)
            {
                await service.KillAsync(cancellationToken);
            }

            return moment;
        }
    }
}
