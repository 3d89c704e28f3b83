using System.CommandLine;
using System.Globalization;
using Grpc.Net.Client;
using OrganSeg.Cli.Work;
using OrganSeg.Imaging.Phantoms;

namespace OrganSeg.Cli.Commands;

/// <summary><c>organseg bench</c>: load on an inference endpoint, and what it answers to it.</summary>
internal static class BenchCommand
{
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(1);

    private static readonly Option<string> ModelOption = new("--model")
    {
        Description = "Alias, model or model@version.",
        DefaultValueFactory = _ => SegmentCommand.DefaultModel,
    };

    private static readonly Option<string?> EndpointOption = new("--endpoint")
    {
        Description = "gRPC address to load, such as http://127.0.0.1:5703; without, the Inference service of this store.",
        HelpName = "URL",
    };

    private static readonly Option<LoadCall> CallOption = new("--call")
    {
        Description = "slice (SegmentSlice), slices (one SegmentSlices stream) or infer (ModelInfer of the Open Inference Protocol, with any server of it).",
        DefaultValueFactory = _ => LoadCall.Slices,
    };

    private static readonly Option<int> InFlightOption = new("--in-flight")
    {
        Description = "Slices in flight at a time.",
        DefaultValueFactory = _ => 8,
    };

    private static readonly Option<double> SecondsOption = new("--seconds")
    {
        Description = "How long to measure, after a second of warming up.",
        DefaultValueFactory = _ => 10,
    };

    private static readonly Option<int> SizeOption = new("--size")
    {
        Description = "Side of the generated slices, in pixels; for infer a multiple of 16.",
        DefaultValueFactory = _ => 224,
    };

    private static readonly Option<string?> VariantOption = Usage.Variant();

    public static Command Create(CommandLine.CommandAction action)
    {
        Require(InFlightOption, value => value is >= 1 and <= 10_000, "must be 1 to 10000");
        Require(SecondsOption, value => value is > 0 and <= 86_400, "must be above 0 and at most 86400");
        Require(SizeOption, value => value is >= 16 and <= 4096, "must be 16 to 4096");
        var command = new Command("bench", "Load an inference endpoint and print throughput and latencies.")
        {
            ModelOption, VariantOption, EndpointOption, CallOption, InFlightOption, SecondsOption, SizeOption,
        };
        action(command, RunAsync);
        return command;
    }

    private static void Require<T>(Option<T> option, Predicate<T> holds, string what) => option.Validators.Add(result =>
    {
        if (result.Errors.Any() || !holds(result.GetValueOrDefault<T>()!))
        {
            result.AddError($"{option.Name} {what}");
        }
    });

    private static async Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var size = context.Get(SizeOption);
        var slices = new PhantomGenerator(1).Patient(0, 16, size).Select(slice => slice.Image).ToList();
        var time = TimeSpan.FromSeconds(context.Get(SecondsOption));
        LoadResult result;
        if (context.Get(EndpointOption) is { } endpoint)
        {
            if (!Uri.TryCreate(endpoint, UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https"))
            {
                throw OrganSegException.Invalid("--endpoint", $"\"{endpoint}\" is no address; give one such as http://127.0.0.1:5703");
            }

            using var channel = GrpcChannel.ForAddress(address);
            result = await LoadAsync(context, channel, slices, time, cancellationToken);
        }
        else
        {
            await using var services = await context.ConnectAsync(cancellationToken);
            result = await LoadAsync(context, services.InferenceChannel, slices, time, cancellationToken);
        }

        Show(context, result);
        return result.LatenciesMs.Count > 0 && result.Failures.Count == 0 ? ExitCode.Done : ExitCode.Failed;
    }

    private static Task<LoadResult> LoadAsync(
        CommandContext context, GrpcChannel channel, IReadOnlyList<Imaging.ByteImage> slices, TimeSpan time, CancellationToken cancellationToken) =>
        new LoadGenerator(channel, context.Get(ModelOption)!, context.Get(VariantOption) ?? "", slices, context.Get(InFlightOption))
            .RunAsync(context.Get(CallOption), WarmUp, time, cancellationToken);

    private static void Show(CommandContext context, LoadResult result)
    {
        (string Name, double Share)[] shares = [("p50", .5), ("p90", .9), ("p99", .99), ("max", 1)];
        foreach (var (message, count) in result.Failures)
        {
            context.Output.Error($"{count} × {message}");
        }

        context.Output.Line(
            $"{result.LatenciesMs.Count} slices in {Number(result.Seconds)} s: {Number(result.Throughput)} slices/s, {result.RefusedMs.Count} refused");
        context.Output.Table(
            ["", .. shares.Select(share => $" {share.Name} ms")],
            [
                ["answered", .. shares.Select(share => Number(LoadResult.Percentile(result.LatenciesMs, share.Share)))],
                ["refused", .. shares.Select(share => Number(LoadResult.Percentile(result.RefusedMs, share.Share)))],
            ]);
        context.Output.Json(new
        {
            Model = context.Get(ModelOption),
            Call = context.Get(CallOption).ToString().ToLowerInvariant(),
            InFlight = context.Get(InFlightOption),
            Size = context.Get(SizeOption),
            result.Seconds,
            SlicesPerSecond = result.Throughput,
            Answered = result.LatenciesMs.Count,
            Refused = result.RefusedMs.Count,
            Failed = result.Failures.Values.Sum(),
            AnsweredMs = shares.ToDictionary(share => share.Name, share => LoadResult.Percentile(result.LatenciesMs, share.Share)),
            RefusedMs = shares.ToDictionary(share => share.Name, share => LoadResult.Percentile(result.RefusedMs, share.Share)),
        });
    }

    private static string Number(double? value) => value is { } number ? number.ToString("F1", CultureInfo.InvariantCulture) : "";
}
