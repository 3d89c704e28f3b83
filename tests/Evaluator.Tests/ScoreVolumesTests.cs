using System.Text.Json;
using Google.Protobuf;
using Grpc.Core;
using OrganSeg.Contracts;
using OrganSeg.Storage;
using OrganSeg.V1;

namespace OrganSeg.Evaluator.Tests;

/// <summary>Volumes of any origin, over real gRPC.</summary>
public sealed class ScoreVolumesTests
{
    private const int Side = 4;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    // Liver: two planes of 16 voxels in the reference; the model lacks one of them. 2 × 1 × 0.5 mm: a voxel is 0.001 mL.
    [Fact]
    public async Task Score_TwoModels_MetricsInMillimetresAndMillilitres()
    {
        await using var fixture = await Fixture.StartAsync();
        var header = new ScoreHeader { Models = { "good", "bad" }, Scoring = new ScoringOptions { Tolerance = 0.25 } };

        var (_, json) = await ScoreAsync(fixture, header, [new Set("p", ["0110", "0110", "0100"])]);

        var measures = json.GetProperty("measures");
        Assert.Equal((3, "mm", "mL", 0.25, "skip"), (
            measures.GetProperty("dimensions").GetInt32(),
            measures.GetProperty("distanceUnit").GetString(),
            measures.GetProperty("sizeUnit").GetString(),
            measures.GetProperty("tolerance").GetDouble(),
            measures.GetProperty("absence").GetString()));
        var models = json.GetProperty("models").EnumerateArray().ToList();
        Assert.Equal(["good", "bad"], models.Select(model => model.GetProperty("model").GetString()));
        var (good, bad) = (models[0].GetProperty("organs")[0], models[1].GetProperty("organs")[0]);
        Assert.Equal(1, good.GetProperty("perPatient").GetProperty("nsd").GetDouble());
        Assert.Equal(0, good.GetProperty("perPatient").GetProperty("hd").GetDouble());
        // TP 16 of 32: F1 2·16/48, IoU 1/2, similarity 1 − 16/48; the far side of the second plane is one plane away.
        Assert.Equal(2.0 / 3, bad.GetProperty("pooled").GetProperty("f1").GetDouble(), 1e-15);
        Assert.Equal(0.5, bad.GetProperty("pooled").GetProperty("iou").GetDouble(), 1e-15);
        Assert.Equal(2.0 / 3, bad.GetProperty("pooled").GetProperty("volumetricSimilarity").GetDouble(), 1e-15);
        Assert.Equal(0.5, bad.GetProperty("perPatient").GetProperty("hd").GetDouble(), 1e-15);
        Assert.InRange(bad.GetProperty("pooled").GetProperty("nsd").GetDouble(), 0.4, 0.95);
        Assert.Equal(-0.016, bad.GetProperty("size").GetProperty("meanError").GetDouble(), 1e-15);
        Assert.Equal(0.032, bad.GetProperty("patients")[0].GetProperty("referenceSize").GetDouble(), 1e-15);
    }

    [Fact]
    public async Task Score_CutOff_GoesOnWithWhatWasMeasured()
    {
        await using var fixture = await Fixture.StartAsync();
        Set[] sets = [new("a", ["0110", "0110"]), new("b", ["0220", "0200"]), new("c", ["0330", "0033"])];
        using (var call = fixture.Client.Score(cancellationToken: Token))
        {
            await call.RequestStream.WriteAsync(new ScoreRequest { Header = new ScoreHeader() }, Token);
            Assert.True(await OfferAsync(call, sets[0]));
            await SendAsync(call, sets[0]);
            Assert.True(await OfferAsync(call, sets[1]));
            await SendAsync(call, sets[1]);
            await ScoredAsync(call, 2);
            Assert.True(await OfferAsync(call, sets[2]));
            await SendAsync(call, sets[2] with { Maps = [sets[2].Maps[0]] });
        }

        var (_, resumed) = await ScoreAsync(fixture, new ScoreHeader(), sets, wanted: ["c"]);
        var (_, again) = await ScoreAsync(fixture, new ScoreHeader(), sets, wanted: ["a", "b", "c"]);

        Assert.Equal(again.GetProperty("models").GetRawText(), resumed.GetProperty("models").GetRawText());
        // Nothing is left once the report is there.
        var left = fixture.Evaluator.Get<IObjectStore>().ListAsync("measurements", "", Token);
        Assert.Empty(await left.ToListAsync(Token));
    }

    // Identifiers of DICOM series: what follows the last dot is no extension.
    [Fact]
    public async Task Score_NamesWithDots_AreDifferentPatients()
    {
        await using var fixture = await Fixture.StartAsync();

        var (_, json) = await ScoreAsync(
            fixture, new ScoreHeader(), [new("1.2.840.1", ["0110", "0110"]), new("1.2.840.2", ["0110", "0100"]), new("p_slice1", ["0110", "0110"])]);

        Assert.Equal(3, json.GetProperty("counts").GetProperty("patients").GetInt32());
        Assert.Equal(
            ["1.2.840.1", "1.2.840.2", "p"],
            json.GetProperty("models")[0].GetProperty("organs")[0].GetProperty("patients").EnumerateArray().Select(patient => patient.GetProperty("patient").GetString()));
    }

    [Fact]
    public async Task Score_ShearedAndMapped_ReportSaysSo()
    {
        await using var fixture = await Fixture.StartAsync();
        var offer = new Set("tilted", ["0110", "0110"]).Offer();
        offer.VoxelMillilitres = 0.0009;
        using var call = fixture.Client.Score(cancellationToken: Token);
        await call.RequestStream.WriteAsync(new ScoreRequest { Header = new ScoreHeader { PredictionMap = "5=1" } }, Token);
        await call.RequestStream.WriteAsync(new ScoreRequest { Volumes = offer }, Token);
        await SendAsync(call, new Set("tilted", ["0110", "0110"]));
        await call.RequestStream.CompleteAsync();

        var last = await call.ResponseStream.ReadAllAsync(Token).LastAsync(Token);

        var json = JsonDocument.Parse(last.Report.Json).RootElement;
        Assert.Contains(
            json.GetProperty("warnings").EnumerateArray(),
            warning => warning.GetProperty("code").GetString() == "sheared-grid" && warning.GetProperty("message").GetString()!.Contains("tilted", StringComparison.Ordinal));
        Assert.Equal("5=1", json.GetProperty("measures").GetProperty("mapping").GetProperty("prediction").GetString());
        Assert.Equal(32 * 0.0009, json.GetProperty("models")[0].GetProperty("organs")[0].GetProperty("patients")[0].GetProperty("referenceSize").GetDouble(), 1e-15);
    }

    // The good model finds the organ in both patients, the bad one in one.
    [Fact]
    public async Task Score_ModelMissesOrgan_DistancesAreNotComparable()
    {
        await using var fixture = await Fixture.StartAsync();
        var header = new ScoreHeader { Models = { "good", "bad" } };

        var (_, json) = await ScoreAsync(fixture, header, [new("a", ["0110", "0110", "0000"]), new("b", ["0110", "0110", "0110"])]);

        Assert.Contains(
            json.GetProperty("warnings").EnumerateArray(),
            warning => warning.GetProperty("code").GetString() == "distances-of-different-patients"
                && warning.GetProperty("message").GetString()!.Contains("(good: 2, bad: 1)", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Score_OtherTolerance_IsMeasuredAgain()
    {
        await using var fixture = await Fixture.StartAsync();
        Set[] sets = [new("a", ["0110", "0110"]), new("b", ["0220", "0200"])];
        using (var call = fixture.Client.Score(cancellationToken: Token))
        {
            await call.RequestStream.WriteAsync(new ScoreRequest { Header = new ScoreHeader() }, Token);
            Assert.True(await OfferAsync(call, sets[0]));
            await SendAsync(call, sets[0]);
            Assert.True(await OfferAsync(call, sets[1]));
        }

        await ScoreAsync(fixture, new ScoreHeader { Scoring = new ScoringOptions { Tolerance = 7 } }, sets, wanted: ["a", "b"]);
    }

    [Fact]
    public async Task Score_WrongVolumes_NameThem()
    {
        await using var fixture = await Fixture.StartAsync();
        var flat = new Set("flat", ["0110", "0110"]).Offer();
        flat.PlaneMm = 0;
        var vast = new Set("vast", ["0110", "0110"]).Offer();
        (vast.Columns, vast.Rows, vast.Planes) = (4096, 4096, 4096);
        var tiny = new Set("tiny", ["0110", "0110"]).Offer();
        tiny.RowMm = 1e-170;
        var heavy = new Set("heavy", ["0110", "0110"]).Offer();
        heavy.VoxelMillilitres = 0.002;

        await FailsAsync("flat", new ScoreRequest { Volumes = flat });
        await RefusesAsync(new ScoreHeader { Scoring = new ScoringOptions { Tolerance = -1 } }, "scoring.tolerance");
        await RefusesAsync(new ScoreHeader { Scoring = new ScoringOptions { Absence = (AbsencePolicy)9 } }, "scoring.absence");
        await FailsAsync("tiny", new ScoreRequest { Volumes = tiny });
        await FailsAsync("heavy", new ScoreRequest { Volumes = heavy });
        await FailsAsync("vast", new ScoreRequest { Volumes = vast });
        await FailsAsync("payload", new ScoreRequest { Planes = new LabelPlanes { Data = ByteString.CopyFrom(new byte[16]) } });
        await FailsAsync("cut", new ScoreRequest { Volumes = new Set("cut", ["0110", "0110"]).Offer() });
        await FailsAsync("odd", new ScoreRequest { Volumes = new Set("odd", ["0110", "0110"]).Offer() }, Planes(0, new byte[17]));
        await FailsAsync("class", new ScoreRequest { Volumes = new Set("class", ["0110", "0110"]).Offer() }, Planes(0, [.. Enumerable.Repeat((byte)9, 16)]));
        await FailsAsync("map", new ScoreRequest { Volumes = new Set("map", ["0110", "0110"]).Offer() }, Planes(2, new byte[16]));
        await FailsAsync(
            "mixed_slice1.png",
            [
                new ScoreRequest { Volumes = new Set("v", ["0110", "0110"]).Offer() }, Planes(0, new byte[64]), Planes(1, new byte[64]),
                new ScoreRequest { Pair = new LabelPair { Name = "mixed_slice1.png" } },
            ]);

        static ScoreRequest Planes(uint map, byte[] data) => new() { Planes = new LabelPlanes { Map = map, Data = ByteString.CopyFrom(data) } };

        Task FailsAsync(string field, params ScoreRequest[] requests) => RefusesAsync(new ScoreHeader(), field, requests);

        async Task RefusesAsync(ScoreHeader header, string field, params ScoreRequest[] requests)
        {
            using var call = fixture.Client.Score(cancellationToken: Token);
            var reading = call.ResponseStream.ReadAllAsync(Token).ToListAsync(Token).AsTask();
            try
            {
                await call.RequestStream.WriteAsync(new ScoreRequest { Header = header }, Token);
                foreach (var request in requests)
                {
                    await call.RequestStream.WriteAsync(request, Token);
                }

                await call.RequestStream.CompleteAsync();
            }
            // HTTP/2 of .NET loses a reference when the other side ends the call in the middle of a write.
            catch (Exception error) when (error is RpcException or InvalidOperationException or NullReferenceException)
            {
                // The service ended the call while this side still sent; the answer tells why.
            }

            var failure = GrpcErrors.ToOrganSegException(await Assert.ThrowsAsync<RpcException>(() => reading));
            Assert.Equal(ErrorKind.Invalid, failure.Kind);
            Assert.Equal(field, Assert.Single(failure.Violations).Field);
        }
    }

    private static async Task<(Report Report, JsonElement Json)> ScoreAsync(
        Fixture fixture, ScoreHeader header, IReadOnlyList<Set> sets, string[]? wanted = null)
    {
        using var call = fixture.Client.Score(cancellationToken: Token);
        await call.RequestStream.WriteAsync(new ScoreRequest { Header = header }, Token);
        var asked = new List<string>();
        foreach (var set in sets)
        {
            if (await OfferAsync(call, set))
            {
                asked.Add(set.Name);
                await SendAsync(call, set);
            }
        }

        await call.RequestStream.CompleteAsync();
        var last = await call.ResponseStream.ReadAllAsync(Token).LastAsync(Token);
        if (wanted is not null)
        {
            Assert.Equal(wanted, asked);
        }

        return (last.Report, JsonDocument.Parse(last.Report.Json).RootElement);
    }

    /// <summary>Reads on until so many volumes are scored; what was measured of them is kept by then.</summary>
    private static async Task ScoredAsync(AsyncDuplexStreamingCall<ScoreRequest, EvaluateResponse> call, int count)
    {
        while (await call.ResponseStream.MoveNext(Token))
        {
            if (call.ResponseStream.Current.Progress?.Done == count)
            {
                return;
            }
        }

        throw new InvalidOperationException($"The call ended before {count} volumes were scored.");
    }

    private static async Task<bool> OfferAsync(AsyncDuplexStreamingCall<ScoreRequest, EvaluateResponse> call, Set set)
    {
        await call.RequestStream.WriteAsync(new ScoreRequest { Volumes = set.Offer() }, Token);
        while (await call.ResponseStream.MoveNext(Token))
        {
            if (call.ResponseStream.Current.Volume is { } answer && answer.Name == set.Name)
            {
                return answer.Wanted;
            }
        }

        throw new InvalidOperationException("The call ended without an answer.");
    }

    private static async Task SendAsync(AsyncDuplexStreamingCall<ScoreRequest, EvaluateResponse> call, Set set)
    {
        for (var map = 0; map < set.Maps.Length; map++)
        {
            // Plane by plane and all at once, in turn.
            var planes = set.Maps[map].Select(digit => Enumerable.Repeat((byte)(digit - '0'), Side * Side).ToArray()).ToList();
            foreach (var data in map % 2 == 0 ? planes : [[.. planes.SelectMany(plane => plane)]])
            {
                await call.RequestStream.WriteAsync(
                    new ScoreRequest { Planes = new LabelPlanes { Map = (uint)map, Data = ByteString.CopyFrom(data) } }, Token);
            }
        }
    }

    /// <summary>Volumes of planes of one class each.</summary>
    private sealed record Set(string Name, string[] Maps)
    {
        public LabelVolumes Offer() => new()
        {
            Name = Name,
            Columns = Side,
            Rows = Side,
            Planes = (uint)Maps[0].Length,
            ColumnMm = 2,
            RowMm = 1,
            PlaneMm = 0.5,
            Sha256 = { Maps.Select(map => new string(map[0], 32) + map) },
        };
    }
}
