using System.Runtime.InteropServices;

namespace OrganSeg.Inference.Serving;

/// <summary>How the C library gives out memory, which is where ONNX Runtime keeps weights and activations.</summary>
internal static partial class NativeMemory
{
    // malloc.h
    private const int MmapThreshold = -3;
    private const int ThresholdBytes = 1 << 17;
    private const int MostArenas = -8;
    private const int Arenas = 2;

    /// <summary>
    /// Has glibc map every large block by itself, so that it goes back to the system when a model is unloaded. By default the
    /// threshold rises with the blocks that are freed, and a service that loads and unloads models grows: 0.4 MiB a promotion
    /// of a small network. Threads also share few arenas, since each keeps what was freed in it. Other C libraries are left as they are.
    /// </summary>
    public static void ReturnLargeBlocks() => Try(() =>
    {
        _ = MallOpt(MmapThreshold, ThresholdBytes);
        _ = MallOpt(MostArenas, Arenas);
    });

    /// <summary>Gives what small blocks have left free back to the system; takes about a millisecond.</summary>
    public static void Trim() => Try(() => _ = MallocTrim(0));

    private static void Try(Action call)
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        try
        {
            call();
        }
        catch (Exception error) when (error is EntryPointNotFoundException or DllNotFoundException)
        {
            // musl has no such setting.
        }
    }

    [LibraryImport("libc", EntryPoint = "malloc_trim")]
    private static partial int MallocTrim(nuint pad);

    [LibraryImport("libc", EntryPoint = "mallopt")]
    private static partial int MallOpt(int parameter, int value);
}
