using Grpc.Core;
using Grpc.Net.Client;
using OrganSeg.Contracts;
using OrganSeg.V1;

namespace OrganSeg.Cli.Services;

/// <summary>Clients of the four services, which either run already or are started for as long as this lives.</summary>
internal sealed class ServiceConnection : IAsyncDisposable
{
    /// <summary>Deadline of calls that look something up or change a small thing.</summary>
    public static readonly TimeSpan Short = TimeSpan.FromSeconds(60);

    /// <summary>Deadline of calls that move or compute much.</summary>
    public static readonly TimeSpan Long = TimeSpan.FromHours(24);

    private const int MaxMessageBytes = 64 << 20;

    private readonly List<GrpcChannel> _channels = [];
    private readonly AppHostProcess? _host;
    private readonly TimeProvider _time;

    private ServiceConnection(ServiceAddresses addresses, AppHostProcess? host, CommandContext context)
    {
        _host = host;
        _time = context.Time;
        Retry = new Retry(context.Output.Note, context.Time);
        var ingest = Channel(addresses.Ingest);
        Ingest = new IngestService.IngestServiceClient(ingest);
        Uploads = new UploadService.UploadServiceClient(ingest);
        Trainer = new TrainerService.TrainerServiceClient(Channel(addresses.Trainer));
        InferenceChannel = Channel(addresses.Inference);
        Inference = new InferenceService.InferenceServiceClient(InferenceChannel);
        Evaluator = new EvaluatorService.EvaluatorServiceClient(Channel(addresses.Evaluator));
    }

    public IngestService.IngestServiceClient Ingest { get; }

    /// <summary>Of the Ingest service.</summary>
    public UploadService.UploadServiceClient Uploads { get; }

    public TrainerService.TrainerServiceClient Trainer { get; }

    public InferenceService.InferenceServiceClient Inference { get; }

    /// <summary>To the Inference service, for what is not in its own protocol.</summary>
    public GrpcChannel InferenceChannel { get; }

    public EvaluatorService.EvaluatorServiceClient Evaluator { get; }

    /// <summary>The clock.</summary>
    public TimeProvider Time => _time;

    /// <summary>Repeats calls that a crashed and restarted service has lost.</summary>
    public Retry Retry { get; }

    /// <summary>Finds or starts the services of the configured store.</summary>
    /// <exception cref="OrganSegException">They cannot be started.</exception>
    public static async Task<ServiceConnection> OpenAsync(CommandContext context, CancellationToken cancellationToken)
    {
        using var span = CliTelemetry.Source.StartActivity("connect");
        var store = Store.From(Environment.GetEnvironmentVariable(Store.Variable), context.Installation);
        using var running = new RunningServices(context.Installation, context.Time);
        if (await running.FindAsync(store, cancellationToken) is { } addresses)
        {
            return new ServiceConnection(addresses, host: null, context);
        }

        context.Output.Note("starting the services");
        var (host, own) = await AppHostProcess.StartAsync(
            context.Installation, store, context.Output.Note, cancellationToken);
        return new ServiceConnection(own, host, context);
    }

    /// <summary>Options of a call: no call waits for ever.</summary>
    public CallOptions Call(TimeSpan patience, CancellationToken cancellationToken) =>
        new(headers: new Metadata { { CallHeaders.User, CallHeaders.Encode(Environment.UserName) } }, deadline: _time.GetUtcNow().UtcDateTime + patience, cancellationToken: cancellationToken);

    public async ValueTask DisposeAsync()
    {
        foreach (var channel in _channels)
        {
            channel.Dispose();
        }

        if (_host is not null)
        {
            await _host.DisposeAsync();
        }
    }

    private GrpcChannel Channel(ServiceAddress address)
    {
        var channel = GrpcChannel.ForAddress(address.Grpc, new GrpcChannelOptions
        {
            MaxReceiveMessageSize = MaxMessageBytes,
            MaxSendMessageSize = MaxMessageBytes,
            DisposeHttpClient = true,
            HttpHandler = new SocketsHttpHandler
            {
                UseProxy = false,
                EnableMultipleHttp2Connections = true,
                // A machine that hangs is noticed although the connection stays open.
                KeepAlivePingDelay = TimeSpan.FromSeconds(30),
                KeepAlivePingTimeout = TimeSpan.FromSeconds(30),
            },
        });
        _channels.Add(channel);
        return channel;
    }
}
