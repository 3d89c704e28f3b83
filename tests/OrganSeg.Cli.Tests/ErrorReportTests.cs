using Grpc.Core;
using OrganSeg.Cli.Terminal;
using OrganSeg.Contracts;

namespace OrganSeg.Cli.Tests;

public sealed class ErrorReportTests
{
    [Fact]
    public void Lines_ViolationsOfAService_AreOneEach()
    {
        var call = GrpcErrors.ToRpcException(new OrganSegException([new("a.png", "is no PNG"), new("b.png", "is cut off")]));

        Assert.Equal(["a.png: is no PNG", "b.png: is cut off"], ErrorReport.Lines(call));
    }

    [Fact]
    public void Lines_InternalError_KeepsTheTraceId()
    {
        var call = GrpcErrors.Internal("0af7651916cd43dd8448eb211c80319c");

        Assert.Contains("0af7651916cd43dd8448eb211c80319c", Assert.Single(ErrorReport.Lines(call)));
    }

    [Theory]
    [InlineData(true, ExitCode.Interrupted, "stopped")]
    [InlineData(false, ExitCode.Failed, "error: ")]
    public void Write_Cancelled_DependsOnWhoStopped(bool stopped, int expected, string text)
    {
        using var error = new StringWriter();
        var output = new Output(TextWriter.Null, error, json: false, TimeProvider.System);

        var exitCode = ErrorReport.Write(output, new RpcException(new Status(StatusCode.Cancelled, "gone")), stopped);

        Assert.Equal(expected, exitCode);
        Assert.StartsWith(text, error.ToString());
    }
}
