using System.Diagnostics;
using System.Threading.Channels;
using Grpc.Core;
using OrganSeg.Contracts;
using OrganSeg.Inference.Serving;
using OrganSeg.OpenInference;

namespace OrganSeg.Inference.OpenInference;

/// <summary>
/// ModelStreamInfer: requests are answered in their order, each by its tensors or by its error. While one runs the next
/// ones are read; a client that sends faster than that is held back by HTTP/2 flow control and never refused.
/// </summary>
internal sealed partial class InferStream(OpenInferenceServer server, ILogger<InferStream> logger)
{
    // A request may hold 64 MiB: no more are read ahead than keep the model busy.
    private const int Ahead = 1;

    public async Task RunAsync(
        IAsyncStreamReader<ModelInferRequest> requests,
        IServerStreamWriter<ModelStreamInferResponse> responses,
        string client,
        CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var answers = Channel.CreateBounded<Task<ModelStreamInferResponse>>(
            new BoundedChannelOptions(Ahead) { SingleReader = true, SingleWriter = true });
        var reading = ReadAsync(requests, answers.Writer, new Caller(client, Waits: true), stop.Token);
        try
        {
            await foreach (var answer in answers.Reader.ReadAllAsync(stop.Token))
            {
                await responses.WriteAsync(await answer, stop.Token);
            }
        }
        finally
        {
            await stop.CancelAsync();
            await reading;
        }
    }

    /// <summary>Never throws: what ends the reading ends the channel.</summary>
    private async Task ReadAsync(
        IAsyncStreamReader<ModelInferRequest> requests,
        ChannelWriter<Task<ModelStreamInferResponse>> answers,
        Caller caller,
        CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var request in requests.ReadAllAsync(cancellationToken))
            {
                await answers.WriteAsync(AnswerAsync(request, caller, cancellationToken), cancellationToken);
            }

            answers.Complete();
        }
        catch (Exception error)
        {
            answers.Complete(error);
        }
    }

    /// <summary>Never throws: an error is the request's own answer.</summary>
    private async Task<ModelStreamInferResponse> AnswerAsync(ModelInferRequest request, Caller caller, CancellationToken cancellationToken)
    {
        try
        {
            return new ModelStreamInferResponse { InferResponse = await server.InferAsync(request, caller, cancellationToken) };
        }
        catch (OrganSegException error)
        {
            return Failed(request, error.Message);
        }
        catch (OperationCanceledException)
        {
            return Failed(request, "The call was cancelled.");
        }
        catch (Exception error)
        {
            LogUnexpected(error, request.ModelName);
            return Failed(request, GrpcErrors.Internal(Activity.Current?.TraceId.ToString()).Status.Detail);
        }
    }

    private static ModelStreamInferResponse Failed(ModelInferRequest request, string message) =>
        new() { ErrorMessage = message, InferResponse = new ModelInferResponse { Id = request.Id } };

    [LoggerMessage(3040, LogLevel.Error, "A streamed request for {Model} failed unexpectedly")]
    private partial void LogUnexpected(Exception error, string model);
}
