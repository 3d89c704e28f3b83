using System.Buffers;
using System.Buffers.Binary;
using System.IO.Compression;

namespace OrganSeg.Imaging;

/// <summary>Inflates, unfilters and deinterlaces the pixel data, one row in memory at a time.</summary>
internal static class PngPixels
{
    // Deflate cannot make more than this out of a byte; a header that promises more than the data can hold is refused
    // before anything of that size is allocated.
    private const int MaxInflation = 1032;

    /// <summary>
    /// Gives one byte a pixel: unscaled grey, palette index, or the common value of equal colour channels.
    /// </summary>
    /// <param name="png">The file; with 16 bits it must be grey.</param>
    /// <param name="fileName">Named in errors.</param>
    /// <param name="greys">What becomes of each value of 16 bits; null leaves those that fit into 8, and refuses others.</param>
    public static ByteImage Decode(PngContainer png, string fileName, byte[]? greys = null)
    {
        var header = png.Header;
        if (header is { BitDepth: 16, Channels: > 1 })
        {
            throw new ArgumentException("Colours of 16 bits do not fit into bytes.", nameof(png));
        }

        var passes = PngPass.Of(header);
        var inflated = passes.Sum(pass => (long)pass.Height * (1 + header.RowBytes(pass.Width)));
        if (inflated > png.Compressed.LongLength * MaxInflation)
        {
            throw PngContainer.Truncated(fileName);
        }

        using var zlib = new ZLibStream(new MemoryStream(png.Compressed, writable: false), CompressionMode.Decompress);
        var image = new ByteImage(header.Width, header.Height);
        try
        {
            foreach (var pass in passes)
            {
                ReadPass(zlib, header, pass, image, greys, fileName);
            }

            if (zlib.ReadByte() >= 0)
            {
                throw PngContainer.Damaged(fileName, "has more pixel data than its header says");
            }
        }
        catch (EndOfStreamException)
        {
            throw PngContainer.Truncated(fileName);
        }
        catch (Exception error) when (error is InvalidDataException or IOException)
        {
            // The latter of a stream that asks for a preset dictionary, which PNG has not.
            throw PngContainer.Damaged(fileName, "has pixel data that cannot be inflated");
        }

        return image;
    }

    private static void ReadPass(ZLibStream zlib, PngHeader header, PngPass pass, ByteImage image, byte[]? greys, string fileName)
    {
        var length = 1 + header.RowBytes(pass.Width);
        var distance = Math.Max(header.BitsPerPixel / 8, 1);
        var rented = ArrayPool<byte>.Shared.Rent(2 * length + pass.Width);
        try
        {
            var row = rented.AsSpan(0, length);
            var above = rented.AsSpan(length, length);
            var samples = rented.AsSpan(2 * length, pass.Width);
            above.Clear();
            for (var y = 0; y < pass.Height; y++)
            {
                zlib.ReadExactly(row);
                if (!PngFilter.Undo(row[0], row[1..], above[1..], distance))
                {
                    throw PngContainer.Damaged(fileName, "uses a row filter that PNG does not know");
                }

                var target = image.Row(pass.Top + y * pass.StepY);
                if (pass.StepX == 1)
                {
                    Unpack(row[1..], header, target, greys, fileName);
                }
                else
                {
                    Unpack(row[1..], header, samples, greys, fileName);
                    for (var x = 0; x < samples.Length; x++)
                    {
                        target[pass.Left + x * pass.StepX] = samples[x];
                    }
                }

                var swap = above;
                above = row;
                row = swap;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    private static void Unpack(ReadOnlySpan<byte> row, PngHeader header, Span<byte> samples, byte[]? greys, string fileName)
    {
        if (header.Channels > 1)
        {
            UnpackChannels(row, header, samples, fileName);
            return;
        }

        if (header.BitDepth == 8)
        {
            row[..samples.Length].CopyTo(samples);
            return;
        }

        if (header.BitDepth == 16)
        {
            UnpackWide(row, samples, greys, fileName);
            return;
        }

        var perByte = 8 / header.BitDepth;
        var mask = (1 << header.BitDepth) - 1;
        for (var x = 0; x < samples.Length; x++)
        {
            var shift = 8 - header.BitDepth * (x % perByte + 1);
            samples[x] = (byte)((row[x / perByte] >> shift) & mask);
        }
    }

    private static void UnpackWide(ReadOnlySpan<byte> row, Span<byte> samples, byte[]? greys, string fileName)
    {
        for (var x = 0; x < samples.Length; x++)
        {
            var value = BinaryPrimitives.ReadUInt16BigEndian(row[(2 * x)..]);
            samples[x] = greys is not null ? greys[value]
                : value <= byte.MaxValue ? (byte)value
                : throw OrganSegException.Invalid(fileName, $"has the value {value}; label ids are whole numbers from 0 to 255.");
        }
    }

    private static void UnpackChannels(ReadOnlySpan<byte> row, PngHeader header, Span<byte> samples, string fileName)
    {
        var channels = header.Channels;
        var hasColour = channels >= 3;
        var hasAlpha = channels is 2 or 4;
        for (var x = 0; x < samples.Length; x++)
        {
            var pixel = row.Slice(x * channels, channels);
            if (hasColour && (pixel[0] != pixel[1] || pixel[0] != pixel[2]))
            {
                throw OrganSegException.Invalid(fileName, "is a colour PNG; a grey image is needed.");
            }

            if (hasAlpha && pixel[^1] != byte.MaxValue)
            {
                throw OrganSegException.Invalid(fileName, "has transparent pixels; save it as 8-bit grey.");
            }

            samples[x] = pixel[0];
        }
    }
}
