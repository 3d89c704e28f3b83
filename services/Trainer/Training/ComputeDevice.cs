using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using OrganSeg.Torch;
using OrganSeg.Trainer.Specifications;
using TorchSharp;
using static TorchSharp.torch;

namespace OrganSeg.Trainer.Training;

/// <summary>Where a run's tensors are: what <see cref="RunSpecification.Device"/> means on this machine.</summary>
internal static class ComputeDevice
{
    public const string Automatic = "auto";

    /// <summary>What the setting may be, for messages.</summary>
    public const string Expected = "auto, cpu, cuda or cuda:N, N counted from 0";

    private const string Processor = "cpu";
    private const string Cuda = "cuda";
    private const string Library = "torch_cuda";
    private const string Binding = "LibTorchSharp";

    private static readonly Lazy<int> CudaCount = new(() => cuda.is_available() ? cuda.device_count() : 0);

    // Torch's own class cannot be asked before libtorch is there.
    private static string Version => typeof(TorchOps).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .First(metadata => metadata.Key == "LibTorchVersion").Value!;

    /// <summary>
    /// Loads the part of libtorch that computes on CUDA, where there is one. The rest of libtorch asks for it once only, so
    /// this comes before any tensor.
    /// </summary>
    public static void Prepare() => NativeLibrary.TryLoad(Library, typeof(torch).Assembly, null, out _);

    /// <summary>Loads libtorch now, for a program that has nothing to do without it.</summary>
    /// <exception cref="OrganSegException">Dependency: it is missing, or the machine is too old for it.</exception>
    public static void Require()
    {
        Prepare();
        try
        {
            NativeLibrary.Load(Binding, typeof(torch).Assembly, null);
        }
        catch (Exception error) when (error is DllNotFoundException or BadImageFormatException)
        {
            throw new OrganSegException(
                ErrorKind.Dependency,
                $"libtorch {Version} cannot be loaded: {Cause(error.Message)}. Its libraries belong beside the program, or into a "
                    + "folder that LD_LIBRARY_PATH names; they need the C++ runtime of GCC 13.",
                error);
        }
    }

    /// <summary>Whether a text is a device, here or elsewhere.</summary>
    public static bool IsValid(string text) => text is Automatic or Processor || CudaIndex(text) is not null;

    /// <summary>The device that a run is to use on this machine.</summary>
    /// <exception cref="OrganSegException">Invalid: as <see cref="Violations(RunSpecification)"/> says.</exception>
    public static Device Of(RunSpecification spec) => Violations(spec) is { Count: > 0 } violations
        ? throw new OrganSegException(violations)
        : spec.Device == Processor ? CPU : Resolve(spec.Device, CudaCount.Value);

    /// <summary>What of a specification this machine cannot do; empty when it can do it all.</summary>
    public static IReadOnlyList<FieldViolation> Violations(RunSpecification spec) =>
        spec.Precision == Precision.Tf32 || CudaIndex(spec.Device) is not null
            ? Violations(spec.Device, spec.Precision, CudaCount.Value)
            : [];

    internal static IReadOnlyList<FieldViolation> Violations(string device, Precision precision, int cudaDevices)
    {
        if (CudaIndex(device) is { } index && index >= cudaDevices)
        {
            return [new("settings.device", cudaDevices == 0
                ? $"\"{device}\" is not there: {WhyNone()}; choose cpu or auto"
                : $"\"{device}\" is not there: this Trainer has {cudaDevices} CUDA device(s), cuda:0 to cuda:{cudaDevices - 1}")];
        }

        return precision == Precision.Tf32 && Resolve(device, cudaDevices).type != DeviceType.CUDA
            ? [new("settings.precision",
                "tf32 is arithmetic of CUDA devices, and this run would be on the processor"
                + $"{(cudaDevices == 0 ? $" ({WhyNone()})" : "")}; choose float32")]
            : [];
    }

    internal static Device Resolve(string device, int cudaDevices) =>
        CudaIndex(device == Automatic && cudaDevices > 0 ? Cuda : device) is { } index
            ? new Device($"{Cuda}:{index}")
            : CPU;

    /// <summary>Its number, or null when it is no CUDA device.</summary>
    private static int? CudaIndex(string device)
    {
        var number = device == Cuda ? "0" : device.StartsWith($"{Cuda}:", StringComparison.Ordinal) ? device[(Cuda.Length + 1)..] : "";
        return int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var index) ? index : null;
    }

    /// <summary>What the loader says of a library that is not the one it was asked for, which it looks for in many places.</summary>
    private static string Cause(string message) => message
        .Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
        .Skip(1)
        .FirstOrDefault(line => !line.Contains($"{Binding}.so: cannot open", StringComparison.Ordinal) && !line.Contains($"{Binding}: cannot open", StringComparison.Ordinal))
        ?? $"{Binding} is missing";

    private static string WhyNone()
    {
        using var process = Process.GetCurrentProcess();
        var isLoaded = process.Modules.Cast<ProcessModule>().Any(module => module.ModuleName.Contains(Library, StringComparison.OrdinalIgnoreCase));
        return isLoaded
            ? "this Trainer has libtorch for CUDA, and no device or driver answers it"
            : "this Trainer has libtorch for processors only";
    }
}
