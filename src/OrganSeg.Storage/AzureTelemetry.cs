using System.Diagnostics;
using Azure.Core;
using Azure.Core.Pipeline;

namespace OrganSeg.Storage;

/// <summary>
/// Keeps blob names out of the spans of the Azure SDK, as a shard is named after a case: the address of each request is
/// cut to the host, and the HTTP client below the SDK, which would record it again, makes no spans.
/// </summary>
internal static class AzureTelemetry
{
    public static void Configure(ClientOptions options)
    {
        options.Diagnostics.IsDistributedTracingEnabled = true;
        options.AddPolicy(new RedactAddress(), HttpPipelinePosition.BeforeTransport);
        options.Transport = new HttpClientTransport(new HttpClient(new SocketsHttpHandler
        {
            ActivityHeadersPropagator = null,
            AllowAutoRedirect = false,
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        })
        {
            // The SDK has its own timeouts.
            Timeout = Timeout.InfiniteTimeSpan,
        });
    }

    private sealed class RedactAddress : HttpPipelineSynchronousPolicy
    {
        private static readonly string[] Tags = ["url.full", "http.url", "url.path", "url.query"];

        public override void OnSendingRequest(HttpMessage message)
        {
            for (Activity? activity = Activity.Current; activity is not null; activity = activity.Parent)
            {
                if (!activity.Source.Name.StartsWith("Azure", StringComparison.Ordinal))
                {
                    return;
                }

                foreach (string tag in Tags.Where(tag => activity.GetTagItem(tag) is not null))
                {
                    activity.SetTag(tag, tag is "url.full" or "http.url"
                        ? message.Request.Uri.ToUri().GetLeftPart(UriPartial.Authority) + "/"
                        : "");
                }
            }
        }
    }
}
