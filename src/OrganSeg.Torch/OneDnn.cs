using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace OrganSeg.Torch;

/// <summary>
/// oneDNN, which computes libtorch's convolutions on a processor. On AMD it asks CPUID leaf 8000001D for the sizes of the caches,
/// and plans its AVX-512 kernels by them. Some virtual machines leave that leaf empty; the kernels then give wrong gradients,
/// different ones from run to run, or divide by zero. Its AVX2 kernels do not need the sizes and are right there.
/// </summary>
public static partial class OneDnn
{
    private const string Limit = "ONEDNN_MAX_CPU_ISA";
    private const int CacheLeaf = unchecked((int)0x8000001D);

    /// <summary>Whether this processor does not tell the sizes of its caches.</summary>
    public static bool IsBlind { get; } = LacksCacheSizes();

    /// <summary>Has oneDNN keep to AVX2 where it is blind, unless the environment says otherwise; before its first use.</summary>
    [ModuleInitializer]
    [SuppressMessage("Usage", "CA2255:The 'ModuleInitializer' attribute should not be used in libraries", Justification = "oneDNN reads the variable once, at the first convolution of whoever comes first.")]
    internal static void KeepToWhatWorks()
    {
        if (OperatingSystem.IsLinux() && IsBlind)
        {
            // The environment of the C library, which .NET's own copy does not change.
            _ = SetEnv(Limit, "AVX2", 0);
        }
    }

    private static bool LacksCacheSizes()
    {
        if (!X86Base.IsSupported)
        {
            return false;
        }

        var (_, vendor, _, _) = X86Base.CpuId(0, 0);
        var (highest, _, _, _) = X86Base.CpuId(unchecked((int)0x80000000), 0);
        // "Auth" of AuthenticAMD.
        return vendor == 0x68747541 && (uint)highest >= unchecked((uint)CacheLeaf) && X86Base.CpuId(CacheLeaf, 0).Eax == 0;
    }

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetEnv(string name, string value, int overwrite);
}
