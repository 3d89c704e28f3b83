using Microsoft.Win32.SafeHandles;
using static TorchSharp.torch;

namespace OrganSeg.Trainer.Weights;

/// <summary>
/// An open safetensors file. Its header is checked at once; each tensor's bytes go from the file straight into the tensor,
/// so no second copy of the weights is ever in memory.
/// </summary>
internal sealed class SafeTensorFile
{
    private readonly SafeFileHandle _file;
    private readonly string _fileName;
    private readonly long _dataStart;

    /// <summary>Reads the header.</summary>
    /// <param name="file">The file, which stays the caller's and must stay open and unchanged.</param>
    /// <param name="fileName">Named in errors.</param>
    /// <exception cref="OrganSegException">Invalid: the file is malformed; names the file and the tensor.</exception>
    public SafeTensorFile(SafeFileHandle file, string fileName)
    {
        _file = file;
        _fileName = fileName;
        var length = RandomAccess.GetLength(file);
        Span<byte> prefix = stackalloc byte[(int)Math.Min(length, SafeTensors.LengthBytes)];
        ReadExactly(prefix, 0);
        var header = new byte[SafeTensors.HeaderLength(prefix, length, fileName)];
        ReadExactly(header, SafeTensors.LengthBytes);
        _dataStart = SafeTensors.LengthBytes + header.Length;
        Header = SafeTensorHeader.Parse(header, length - _dataStart, fileName);
    }

    /// <summary>What the file holds.</summary>
    public SafeTensorHeader Header { get; }

    /// <summary>Reads one tensor onto the processor.</summary>
    /// <returns>A new tensor in the caller's dispose scope.</returns>
    /// <exception cref="OrganSegException">Invalid: the file ended early, or the tensor is larger than 2 GiB.</exception>
    public Tensor Read(SafeTensorEntry entry)
    {
        if (entry.End - entry.Begin > int.MaxValue)
        {
            throw SafeTensors.Malformed(_fileName, $"tensor {SafeTensors.Shown(entry.Name)} is larger than 2 GiB, the most that can be read");
        }

        var tensor = empty(entry.Shape, entry.Type.ScalarType);
        if (entry.End > entry.Begin)
        {
            ReadExactly(tensor.bytes, _dataStart + entry.Begin);
        }

        return tensor;
    }

    private void ReadExactly(Span<byte> buffer, long offset)
    {
        while (!buffer.IsEmpty)
        {
            var read = RandomAccess.Read(_file, buffer, offset);
            if (read == 0)
            {
                throw SafeTensors.Malformed(_fileName, "ended while it was read");
            }

            buffer = buffer[read..];
            offset += read;
        }
    }
}
