using System.Buffers.Binary;

namespace OrganSeg.Imaging;

/// <summary>The chunks of a PNG that matter here, after every chunk's order, length and CRC has been checked.</summary>
internal sealed class PngContainer
{
    private const uint IhdrName = 0x49484452;
    private const uint PlteName = 0x504C5445;
    private const uint IdatName = 0x49444154;
    private const uint IendName = 0x49454E44;

    private PngContainer(PngHeader header, byte[] palette, byte[] compressed)
    {
        Header = header;
        Palette = palette;
        Compressed = compressed;
    }

    public static ReadOnlySpan<byte> Signature => [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A];

    public PngHeader Header { get; }

    /// <summary>Red, green, blue of each entry; empty without a palette.</summary>
    public byte[] Palette { get; }

    /// <summary>The zlib stream, joined from all IDAT chunks.</summary>
    public byte[] Compressed { get; }

    public static PngContainer Parse(ReadOnlySpan<byte> png, string fileName)
    {
        var signature = png[..Math.Min(png.Length, Signature.Length)];
        if (png.IsEmpty || !Signature.StartsWith(signature))
        {
            throw OrganSegException.Invalid(fileName, png.IsEmpty ? "is empty." : "is not a PNG.");
        }

        if (png.Length < Signature.Length)
        {
            throw Truncated(fileName);
        }

        var rest = png[Signature.Length..];
        PngHeader? header = null;
        byte[] palette = [];
        using var compressed = new MemoryStream();
        var dataEnded = false;
        while (true)
        {
            var name = NextChunk(ref rest, fileName, out var data);
            if (header is null != (name == IhdrName))
            {
                throw Damaged(fileName, header is null ? "does not begin with its header" : "has a second header");
            }

            // The pixel data may be split over chunks only when these follow each other.
            dataEnded |= compressed.Length > 0 && name != IdatName;
            switch (name)
            {
                case IhdrName:
                    header = ParseHeader(data, fileName);
                    break;
                case PlteName:
                    if (data.Length is 0 or > 768 || data.Length % 3 != 0 || palette.Length > 0)
                    {
                        throw Damaged(fileName, "has a palette that cannot be");
                    }

                    palette = data.ToArray();
                    break;
                case IdatName:
                    if (dataEnded)
                    {
                        throw Damaged(fileName, "has other chunks between its pixel data");
                    }

                    compressed.Write(data);
                    break;
                case IendName:
                    return Finish(header!.Value, palette, compressed.ToArray(), fileName);
                default:
                    // Bit 5 of the first letter is clear in chunks without which the image cannot be understood.
                    if ((name & 0x20000000) == 0)
                    {
                        throw Damaged(fileName, "has a critical chunk that PNG does not know");
                    }

                    break;
            }
        }
    }

    public static OrganSegException Truncated(string fileName) =>
        OrganSegException.Invalid(fileName, "is a truncated PNG; copy it again.");

    public static OrganSegException Damaged(string fileName, string what) =>
        OrganSegException.Invalid(fileName, $"is a damaged PNG: it {what}.");

    private static PngContainer Finish(PngHeader header, byte[] palette, byte[] compressed, string fileName)
    {
        if (compressed.Length == 0)
        {
            throw Damaged(fileName, "has no pixel data");
        }

        if (header.Colour == PngColour.Palette && palette.Length == 0)
        {
            throw Damaged(fileName, "has no palette");
        }

        return new PngContainer(header, palette, compressed);
    }

    private static uint NextChunk(ref ReadOnlySpan<byte> rest, string fileName, out ReadOnlySpan<byte> data)
    {
        if (rest.Length < 12)
        {
            throw Truncated(fileName);
        }

        var length = BinaryPrimitives.ReadUInt32BigEndian(rest);
        if (length > int.MaxValue)
        {
            throw Damaged(fileName, "has a chunk of impossible length");
        }

        if (length > (uint)rest.Length - 12)
        {
            throw Truncated(fileName);
        }

        var nameAndData = rest.Slice(4, 4 + (int)length);
        if (Crc32.Of(nameAndData) != BinaryPrimitives.ReadUInt32BigEndian(rest[(8 + (int)length)..]))
        {
            throw Damaged(fileName, "has a chunk with a wrong CRC");
        }

        data = nameAndData[4..];
        rest = rest[(12 + (int)length)..];
        return BinaryPrimitives.ReadUInt32BigEndian(nameAndData);
    }

    private static PngHeader ParseHeader(ReadOnlySpan<byte> data, string fileName)
    {
        if (data.Length != 13)
        {
            throw Damaged(fileName, "has a header of wrong length");
        }

        var width = BinaryPrimitives.ReadUInt32BigEndian(data);
        var height = BinaryPrimitives.ReadUInt32BigEndian(data[4..]);
        var (depth, colour) = (data[8], (PngColour)data[9]);
        var depthFits = colour switch
        {
            PngColour.Grey => depth is 1 or 2 or 4 or 8 or 16,
            PngColour.Palette => depth is 1 or 2 or 4 or 8,
            PngColour.Rgb or PngColour.GreyAlpha or PngColour.Rgba => depth is 8 or 16,
            _ => false,
        };
        if (width is 0 or > int.MaxValue || height is 0 or > int.MaxValue
            || !depthFits || data[10] != 0 || data[11] != 0 || data[12] > 1)
        {
            throw Damaged(fileName, "has a header that cannot be");
        }

        if ((ulong)width * height > Png.MaxPixels)
        {
            throw OrganSegException.Invalid(
                fileName, $"is too large: {width}×{height} pixels, where {Png.MaxPixels} are allowed.");
        }

        return new PngHeader((int)width, (int)height, depth, colour, data[12] == 1);
    }
}
