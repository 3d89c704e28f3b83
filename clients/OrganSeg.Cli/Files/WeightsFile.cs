using System.Buffers.Binary;

namespace OrganSeg.Cli.Files;

/// <summary>A file of weights that the user names.</summary>
internal static class WeightsFile
{
    private const int LengthBytes = sizeof(long);

    /// <summary>Looks at the first bytes, so that a file of another kind is refused before anything is started.</summary>
    /// <exception cref="OrganSegException">Missing or Invalid: there is no such file, or it is no safetensors file.</exception>
    public static void Check(string path)
    {
        var name = Path.GetFileName(path);
        if (!File.Exists(path))
        {
            throw OrganSegException.Invalid("--weights", Directory.Exists(path) ? $"{path} is a folder" : $"there is no file {path}");
        }

        using var file = File.OpenRead(path);
        Span<byte> start = stackalloc byte[LengthBytes + 1];
        if (file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false) < start.Length
            || BinaryPrimitives.ReadUInt64LittleEndian(start) > (ulong)(file.Length - LengthBytes)
            || start[LengthBytes] != '{')
        {
            throw OrganSegException.Invalid(
                "--weights",
                $"{name} is not a safetensors file; a PyTorch checkpoint (.pth, .pt) is made one with safetensors.torch.save_file in Python");
        }
    }
}
