using System.Buffers;
using System.Buffers.Binary;
using System.IO.Compression;
using System.Numerics;
using System.Runtime.InteropServices;

namespace OrganSeg.Imaging;

/// <summary>Writes 8-bit grey PNG, not interlaced, in one IDAT chunk.</summary>
internal static class PngEncoder
{
    // Average rarely wins on CT; leaving it out costs next to nothing in size and saves a fifth of the time.
    private static readonly byte[] Candidates = [PngFilter.None, PngFilter.Sub, PngFilter.Up, PngFilter.Paeth];

    public static byte[] Encode(ByteImage image)
    {
        using var file = new MemoryStream();
        file.Write(PngContainer.Signature);

        Span<byte> header = stackalloc byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, image.Width);
        BinaryPrimitives.WriteInt32BigEndian(header[4..], image.Height);
        header[8] = 8;
        header[9] = (byte)PngColour.Grey;
        header[10..].Clear();
        WriteChunk(file, "IHDR"u8, header);
        WriteChunk(file, "IDAT"u8, Compress(image));
        WriteChunk(file, "IEND"u8, []);
        return file.ToArray();
    }

    private static ReadOnlySpan<byte> Compress(ByteImage image)
    {
        var length = image.Width + 1;
        var rented = ArrayPool<byte>.Shared.Rent(checked(length * image.Height + 2 * image.Width));
        try
        {
            var filtered = rented.AsSpan(0, length * image.Height);
            var black = rented.AsSpan(filtered.Length, image.Width);
            var trial = rented.AsSpan(filtered.Length + image.Width, image.Width);
            black.Clear();
            for (var y = 0; y < image.Height; y++)
            {
                FilterRow(
                    image.Row(y), y == 0 ? black : image.Row(y - 1), filtered.Slice(y * length, length), trial);
            }

            var compressed = new MemoryStream();
            using (var zlib = new ZLibStream(compressed, CompressionLevel.Optimal, leaveOpen: true))
            {
                // One write, because how the input is cut up can change the compressed bytes.
                zlib.Write(filtered);
            }

            return compressed.GetBuffer().AsSpan(0, (int)compressed.Length);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    // Chooses the filter with the smallest sum of absolute differences, the heuristic of the PNG specification (12.8).
    private static void FilterRow(ReadOnlySpan<byte> row, ReadOnlySpan<byte> above, Span<byte> target, Span<byte> trial)
    {
        var best = long.MaxValue;
        foreach (var filter in Candidates)
        {
            PngFilter.Apply(filter, row, above, trial);
            var cost = Cost(trial);
            if (cost < best)
            {
                best = cost;
                target[0] = filter;
                trial.CopyTo(target[1..]);
            }
        }
    }

    /// <summary>The sum of the absolute values of bytes as signed numbers.</summary>
    private static long Cost(ReadOnlySpan<byte> row)
    {
        var cost = 0L;
        var blocks = MemoryMarshal.Cast<byte, Vector<sbyte>>(row);
        foreach (var block in blocks)
        {
            // Of -128 the absolute value does not fit, and stays the same bits: as unsigned, the right number.
            Vector.Widen(Vector.AsVectorByte(Vector.Abs(block)), out var low, out var high);
            cost += Vector.Sum(low + high);
        }

        foreach (var value in row[(blocks.Length * Vector<sbyte>.Count)..])
        {
            cost += Math.Abs((int)(sbyte)value);
        }

        return cost;
    }

    private static void WriteChunk(MemoryStream file, ReadOnlySpan<byte> name, ReadOnlySpan<byte> data)
    {
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, data.Length);
        file.Write(number);
        var start = (int)file.Position;
        file.Write(name);
        file.Write(data);
        BinaryPrimitives.WriteUInt32BigEndian(number, Crc32.Of(file.GetBuffer().AsSpan(start, 4 + data.Length)));
        file.Write(number);
    }
}
