using System.Diagnostics.Metrics;
using System.Globalization;
using static TorchSharp.torch;

/// <summary>
/// Goes with a Trainer process of its own (<c>DOTNET_STARTUP_HOOKS</c>, which wants this name in no namespace) and writes, at
/// the end of each epoch, the bytes of its memory and the number of tensors that live in it: a line each.
/// </summary>
internal static class StartupHook
{
    public const string FileVariable = "ORGANSEG_TEST_MEMORY";

    private static MeterListener? _listener;

    public static void Initialize()
    {
        var file = Environment.GetEnvironmentVariable(FileVariable)!;
        _listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Name == "organseg.trainer.memory")
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };

        // What the runtime keeps of garbage varies by more than what is looked for.
        _listener.SetMeasurementEventCallback<long>((_, _, _, _) =>
        {
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            GC.WaitForPendingFinalizers();
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            File.AppendAllText(
                file, string.Create(CultureInfo.InvariantCulture, $"{Environment.WorkingSet} {Tensor.TotalCount}\n"));
        });
        _listener.Start();
    }
}
