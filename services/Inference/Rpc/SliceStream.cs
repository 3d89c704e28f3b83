using System.Diagnostics;
using System.Runtime.ExceptionServices;
using System.Threading.Channels;
using Grpc.Core;
using OrganSeg.Inference.Serving;
using OrganSeg.V1;

namespace OrganSeg.Inference.Rpc;

/// <summary>
/// One SegmentSlices call: reads while there are credits, works on that many slices at a time, answers in the order
/// of completion. A client that sends faster than slices are segmented is held back by HTTP/2 flow control.
/// </summary>
internal sealed class SliceStream(Segmenter segmenter, ModelRouter router, int window, string client)
{
    public async Task RunAsync(
        IAsyncStreamReader<SegmentSliceRequest> requests,
        IServerStreamWriter<SegmentSliceResponse> responses,
        CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var credits = new SemaphoreSlim(window);
        var answers = Channel.CreateUnbounded<SegmentSliceResponse>(new UnboundedChannelOptions { SingleReader = true });
        var writing = WriteAsync(answers.Reader, responses, credits, stop);
        Exception? failure = null;
        try
        {
            await ReadAsync(requests, answers.Writer, credits, stop);
            // Every credit back means every slice is answered.
            for (var i = 0; i < window; i++)
            {
                await credits.WaitAsync(stop.Token);
            }

            answers.Writer.TryComplete();
        }
        catch (Exception error)
        {
            failure = error;
            answers.Writer.TryComplete(error);
            await stop.CancelAsync();
        }

        try
        {
            await writing;
        }
        catch (OperationCanceledException) when (failure is not (null or OperationCanceledException))
        {
            // The write was stopped because reading had failed: that is what the caller needs to know.
            ExceptionDispatchInfo.Throw(failure);
        }
    }

    private static async Task WriteAsync(
        ChannelReader<SegmentSliceResponse> answers,
        IServerStreamWriter<SegmentSliceResponse> responses,
        SemaphoreSlim credits,
        CancellationTokenSource stop)
    {
        try
        {
            await foreach (var answer in answers.ReadAllAsync(CancellationToken.None))
            {
                await responses.WriteAsync(answer, stop.Token);
                credits.Release();
            }
        }
        finally
        {
            await stop.CancelAsync();
        }
    }

    private async Task ReadAsync(
        IAsyncStreamReader<SegmentSliceRequest> requests,
        ChannelWriter<SegmentSliceResponse> answers,
        SemaphoreSlim credits,
        CancellationTokenSource stop)
    {
        var (model, variant, token) = ("", "", stop.Token);
        // One call stays on one version of a name, so that neighbouring slices are segmented alike.
        var routes = new Dictionary<string, ModelRoute>(StringComparer.Ordinal);
        await foreach (var request in requests.ReadAllAsync(token))
        {
            if (request.Model.Length > 0)
            {
                model = request.Model;
                variant = request.Variant;
            }
            else if (model.Length == 0)
            {
                throw OrganSegException.Invalid(
                    "model", "is missing in the first request; give an alias, a model or model@version.");
            }

            await credits.WaitAsync(token);
            if (!routes.TryGetValue(model, out var route) && await TryChooseAsync(model, token) is { } chosen)
            {
                routes[model] = route = chosen;
            }

            var (named, form) = (model, request.Variant.Length > 0 ? request.Variant : variant);
            _ = Task.Run(() => AnswerAsync(request, named, form, route, answers, token), token);
        }
    }

    /// <summary>Null for a name that means nothing, which is told in the slice's own answer.</summary>
    private async Task<ModelRoute?> TryChooseAsync(string model, CancellationToken cancellationToken)
    {
        try
        {
            return await router.ChooseAsync(model, cancellationToken);
        }
        catch (OrganSegException)
        {
            return null;
        }
    }

    /// <summary>Never throws: what is expected is the slice's own answer, anything else ends the call.</summary>
    private async Task AnswerAsync(
        SegmentSliceRequest request,
        string model,
        string variant,
        ModelRoute? route,
        ChannelWriter<SegmentSliceResponse> answers,
        CancellationToken cancellationToken)
    {
        try
        {
            answers.TryWrite(await segmenter.SegmentAsync(request, model, variant, route, new Caller(client, Waits: true), cancellationToken));
        }
        catch (OrganSegException error)
        {
            // The call goes on with the other slices, but who looks at it must see that one was refused.
            Activity.Current?.Fail(error);
            answers.TryWrite(new SegmentSliceResponse
            {
                Id = request.Id,
                Error = new SliceError { Kind = error.Kind.ToString(), Message = error.Message },
            });
        }
        catch (Exception error)
        {
            answers.TryComplete(error);
        }
    }
}
