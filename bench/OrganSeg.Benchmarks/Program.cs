using System.Globalization;
using OrganSeg.Benchmarks;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
switch (args)
{
    case ["train", .. var rest]:
        await TrainingBenchmark.RunAsync(new Options(rest));
        return 0;
    case ["serve", var store, var model, .. var rest]:
        await ServeBenchmark.RunAsync(store, model, new Options(rest));
        return 0;
    case ["stress", var store, var model, .. var rest]:
        await StressBenchmark.RunAsync(store, model, new Options(rest));
        return 0;
    case ["metrics", .. var rest]:
        await MetricsBenchmark.RunAsync(new Options(rest));
        return 0;
    case ["ingest", .. var rest]:
        await IngestBenchmark.RunAsync(new Options(rest));
        return 0;
    case [var model, .. var rest] when !model.StartsWith('-'):
        await InferenceBenchmark.RunAsync(model, new Options(rest));
        return 0;
    default:
        Console.Error.WriteLine("""
            usage: OrganSeg.Benchmarks MODEL.onnx [--int8 FILE] [--peer SCRIPT --width N] [--size N] [--threads N] [--rounds N]
                   OrganSeg.Benchmarks train [--architecture NAME] [--width N] [--batch N] [--size N] [--threads N] [--rounds N]
                                             [--steps N] [--peer SCRIPT]
                   OrganSeg.Benchmarks serve STORE MODEL [--variant float32|int8] [--in-flight N] [--rounds N] [--seconds N]
                   OrganSeg.Benchmarks stress STORE MODEL [--variant float32|int8] [--count N] [--seconds N] [--volumes N]
                                             [--phases promote,overload,volumes]
                   OrganSeg.Benchmarks metrics [--width N] [--height N] [--depth N] [--rounds N]
                   OrganSeg.Benchmarks ingest [--width N] [--height N] [--depth N] [--rounds N]
            """);
        return 2;
}
