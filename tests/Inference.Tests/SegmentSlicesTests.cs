using Grpc.Core;
using OrganSeg.Inference.Serving;
using OrganSeg.Inference.Tests.Support;
using OrganSeg.V1;

namespace OrganSeg.Inference.Tests;

/// <summary>The stream over real gRPC.</summary>
public sealed class SegmentSlicesTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task SegmentSlices_ManyOfManySizes_EachIdGetsItsOwnLabels()
    {
        await using var fixture = await Fixture.StartAsync();
        await fixture.PublishAsync("grey", GreyModel.Onnx());
        using var call = fixture.Client.SegmentSlices(cancellationToken: Token);

        var sending = Task.Run(
            async () =>
            {
                for (var id = 1UL; id <= 300; id++)
                {
                    // Only the first request names the model.
                    var slice = GreyModel.Paint(Fixture.Stripes((int)id, 64));
                    await call.RequestStream.WriteAsync(Fixture.Request(slice, id == 1 ? "grey" : "", id), Token);
                }

                await call.RequestStream.CompleteAsync();
            },
            Token);
        var answers = await call.ResponseStream.ReadAllAsync(Token).ToListAsync(Token);
        await sending;

        Assert.Equal(Enumerable.Range(1, 300).Select(id => (ulong)id), answers.Select(answer => answer.Id).Order());
        Assert.All(answers, answer => Assert.Null(answer.Error));
        Assert.All(answers, answer => Assert.Equal(answer.Id, answer.Labels.Width));
        Assert.Equal(
            Fixture.Stripes(64, 64).Pixels, answers.Single(answer => answer.Id == 64).Labels.Pixels.ToByteArray());
    }

    [Fact]
    public async Task SegmentSlices_BadSlices_OnlyTheyFail()
    {
        await using var fixture = await Fixture.StartAsync();
        await fixture.PublishAsync("grey", GreyModel.Onnx());
        var good = GreyModel.Paint(Fixture.Stripes(64, 64));
        var cut = Fixture.Request(good, "", 2);
        cut.Raster.Height = 63;
        using var call = fixture.Client.SegmentSlices(cancellationToken: Token);

        await call.RequestStream.WriteAsync(Fixture.Request(good, "grey", 1), Token);
        await call.RequestStream.WriteAsync(cut, Token);
        await call.RequestStream.WriteAsync(new SegmentSliceRequest { Id = 3 }, Token);
        await call.RequestStream.WriteAsync(Fixture.Request(good, "nothing", 4), Token);
        await call.RequestStream.WriteAsync(Fixture.Request(good, "grey", 5), Token);
        await call.RequestStream.CompleteAsync();
        var answers = await call.ResponseStream.ReadAllAsync(Token).ToDictionaryAsync(a => a.Id, a => a, null, Token);

        Assert.Equal(5, answers.Count);
        Assert.Equal("Invalid", answers[2].Error.Kind);
        Assert.Contains("raster", answers[2].Error.Message, StringComparison.Ordinal);
        Assert.Equal("Invalid", answers[3].Error.Kind);
        Assert.Equal("Missing", answers[4].Error.Kind);
        Assert.Null(answers[1].Error);
        Assert.Equal(64 * 64, answers[5].Labels.Pixels.Length);
    }

    [Fact]
    public async Task SegmentSlices_FirstRequestWithoutModel_Invalid()
    {
        await using var fixture = await Fixture.StartAsync();
        using var call = fixture.Client.SegmentSlices(cancellationToken: Token);

        await call.RequestStream.WriteAsync(Fixture.Request(Fixture.Stripes(8, 8), ""), Token);
        var error = await Fixture.FailureAsync(() => call.ResponseStream.MoveNext(Token));

        Assert.Equal(ErrorKind.Invalid, error.Kind);
        Assert.Equal("model", Assert.Single(error.Violations).Field);
    }

    [Fact]
    public async Task SegmentSlices_NoRequests_EndsWell()
    {
        await using var fixture = await Fixture.StartAsync();
        using var call = fixture.Client.SegmentSlices(cancellationToken: Token);

        await call.RequestStream.CompleteAsync();

        Assert.False(await call.ResponseStream.MoveNext(Token));
        Assert.Equal(StatusCode.OK, call.GetStatus().StatusCode);
    }

    [Fact]
    public async Task SegmentAsync_CallersGoneWhileWaiting_TheyEndAndTheQueueGoesOn()
    {
        await using var fixture = await Fixture.StartAsync();
        await fixture.PublishAsync("grey", GreyModel.Onnx(), size: 512);
        using var lease = await fixture.Host.Get<ModelPool>().AcquireAsync("grey", "", Token);
        using var gone = new CancellationTokenSource();
        var slice = GreyModel.Paint(Fixture.Stripes(512, 512));
        var waiting = Enumerable.Range(0, 50)
            .Select(_ => lease.Runner.SegmentAsync(slice, null, new Caller("test", Waits: true), gone.Token)).ToList();

        await gone.CancelAsync();
        var late = lease.Runner.SegmentAsync(slice, null, new Caller("test"), gone.Token);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => late);
        await Task.WhenAll(waiting).ContinueWith(_ => { }, Token, TaskContinuationOptions.None, TaskScheduler.Default);
        Assert.All(waiting, task => Assert.True(task.IsCompletedSuccessfully || task.IsCanceled));
        Assert.Equal(512, (await lease.Runner.SegmentAsync(slice, null, new Caller("test"), Token)).Width);
    }

    [Fact]
    public async Task SegmentSlices_CallerGivesUp_ServiceGoesOn()
    {
        await using var fixture = await Fixture.StartAsync();
        await fixture.PublishAsync("grey", GreyModel.Onnx(), size: 512);
        var slice = GreyModel.Paint(Fixture.Stripes(512, 512));
        using (var call = fixture.Client.SegmentSlices(cancellationToken: Token))
        {
            for (var id = 1UL; id <= 10; id++)
            {
                await call.RequestStream.WriteAsync(Fixture.Request(slice, "grey", id), Token);
            }

            Assert.True(await call.ResponseStream.MoveNext(Token));
        }

        Assert.Equal(512u, (await fixture.SegmentAsync(slice, "grey")).Labels.Width);
    }
}
