using System.Collections.Concurrent;
using System.Diagnostics;
using Grpc.Core;
using OrganSeg.Contracts;
using OrganSeg.V1;

namespace OrganSeg.ServiceDefaults.Tests;

/// <summary>What the span of a refused call says.</summary>
public sealed class ErrorSpanTests
{
    private const string File = "case0001_slice003.png";

    public static TheoryData<ErrorKind> Kinds => [.. Enum.GetValues<ErrorKind>()];

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Call_MessageMayNameAFile_SpanHasKindAndAdviceOnly(ErrorKind kind)
    {
        var span = await FailAsync(new OrganSegException(kind, $"{File} is wrong"));

        Assert.Equal(ActivityStatusCode.Error, span.Status);
        Assert.Equal(kind.ToString(), span.GetTagItem("error.type"));
        Assert.Equal(SpanErrors.AdviceOn(kind), span.StatusDescription);
        Assert.DoesNotContain(span.TagObjects, tag => tag.Value?.ToString()?.Contains(File, StringComparison.Ordinal) == true);
    }

    [Fact]
    public async Task Call_MessageNamesNoFile_SpanHasItAndTheCallerMayPassItOn()
    {
        var span = await FailAsync(
            new OrganSegException(ErrorKind.Missing, "There is no model lungs; there is liver@1.") { IsNameless = true },
            error => Assert.True(GrpcErrors.ToOrganSegException(error).IsNameless));

        Assert.Equal("There is no model lungs; there is liver@1.", span.StatusDescription);
    }

    [Fact]
    public async Task Call_NobodyForesawTheError_SpanHidesItsText()
    {
        var span = await FailAsync(
            new InvalidOperationException(File), error => Assert.False(GrpcErrors.ToOrganSegException(error).IsNameless));

        Assert.Equal(SpanErrors.Unexpected, span.GetTagItem("error.type"));
        Assert.DoesNotContain(File, span.StatusDescription, StringComparison.Ordinal);
    }

    /// <summary>The span of a call that fails.</summary>
    private static async Task<Activity> FailAsync(Exception failure, Action<RpcException>? check = null)
    {
        var token = TestContext.Current.CancellationToken;
        var spans = new ConcurrentQueue<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "Microsoft.AspNetCore",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = spans.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
        using var caller = new Activity("caller").Start();
        await using (var service = await TestService.StartAsync((_, _) => throw failure, token))
        {
            var error = await Assert.ThrowsAsync<RpcException>(
                () => service.Client.GetModelAsync(new GetModelRequest(), cancellationToken: token).ResponseAsync);
            check?.Invoke(error);
        }

        // The service has stopped, so that its span has ended.
        return Assert.Single(spans, span => span.TraceId == caller.TraceId);
    }
}
