using System.Buffers.Binary;
using System.IO.Compression;

namespace OrganSeg.Imaging.Tests;

/// <summary>Hand-made PNG files, written here independently of the decoder and encoder under test.</summary>
internal static class Pngs
{
    /// <summary>Grey, 8 bits, [5, 7]: the value at i is 7·i modulo 256. Written by Pillow 11.1.</summary>
    public const string PillowGrey =
        "iVBORw0KGgoAAAANSUhEUgAAAAcAAAAFCAAAAACs8akEAAAAFklEQVR4nGNkYGdnZ2dnZzSE0Cw4aAAfuwGlh+AGJAAAAABJRU5ErkJggg==";

    /// <summary>Palette of 4 bits with colours, [5, 7]: the index at i is i modulo 5. Written by Pillow 11.1.</summary>
    public const string PillowPalette =
        "iVBORw0KGgoAAAANSUhEUgAAAAcAAAAFBAMAAAB7tOvrAAAAMFBMVEUAAAD/AAAA/wAAAP///wAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
        + "AAAAAAAAAADKmtJrAAAAIElEQVR4nGNgVHYQYFB2EDJgcBAyYWAQMmFUYDABCgIAIK0Cn20SAmEAAAAASUVORK5CYII=";

    /// <summary>One bit, [5, 7]: i modulo 2. Written by Pillow 11.1.</summary>
    public const string PillowBits =
        "iVBORw0KGgoAAAANSUhEUgAAAAcAAAAFAQAAAACh4ct1AAAAEklEQVR4nGMIYVjFEMKwiiEEAAuaAlHdroItAAAAAElFTkSuQmCC";

    /// <summary>RGB with equal channels, the values of <see cref="PillowGrey"/>. Written by Pillow 11.1.</summary>
    public const string PillowRgb =
        "iVBORw0KGgoAAAANSUhEUgAAAAcAAAAFCAIAAAAG+GGPAAAAGElEQVR4nGNkYGBgxwCMhoaGmKIsFIsCAAC4BNE8bR1GAAAAAElFTkSuQmCC";

    /// <summary>Opaque grey and alpha, the values of <see cref="PillowGrey"/>. Written by Pillow 11.1.</summary>
    public const string PillowGreyAlpha =
        "iVBORw0KGgoAAAANSUhEUgAAAAcAAAAFCAQAAAAjkz5TAAAAE0lEQVR4nGNk+M/OgIAshgxkcwGF8QKnhXaqMgAAAABJRU5ErkJggg==";

    /// <summary>16-bit grey. Written by Pillow 11.1.</summary>
    public const string PillowGrey16 =
        "iVBORw0KGgoAAAANSUhEUgAAAAcAAAAFEAAAAAD8YXVHAAAAFUlEQVR4nGNkYGBHAoyGhshcFlK4AHU8Azt4b8UGAAAAAElFTkSuQmCC";

    /// <summary>A file from header fields and rows that already begin with their filter bytes.</summary>
    public static byte[] File(
        int width, int height, byte depth, byte colour, byte[] scanlines, byte interlace = 0, byte[]? palette = null,
        int parts = 1)
    {
        var chunks = new List<(string, byte[])> { ("IHDR", Header(width, height, depth, colour, interlace)) };
        if (palette is not null)
        {
            chunks.Add(("PLTE", palette));
        }

        var zlib = Deflate(scanlines);
        var length = (zlib.Length + parts - 1) / parts;
        chunks.AddRange(zlib.Chunk(length).Select(part => ("IDAT", part)));
        chunks.Add(("IEND", []));
        return Chunks([.. chunks]);
    }

    public static byte[] Header(int width, int height, byte depth, byte colour, byte interlace = 0)
    {
        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        (header[8], header[9], header[12]) = (depth, colour, interlace);
        return header;
    }

    public static byte[] Chunks(params (string Name, byte[] Data)[] chunks)
    {
        var file = new List<byte> { 0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A };
        var number = new byte[4];
        foreach (var (name, data) in chunks)
        {
            BinaryPrimitives.WriteInt32BigEndian(number, data.Length);
            file.AddRange(number);
            byte[] body = [.. name.Select(letter => (byte)letter), .. data];
            file.AddRange(body);
            BinaryPrimitives.WriteUInt32BigEndian(number, SlowCrc(body));
            file.AddRange(number);
        }

        return [.. file];
    }

    public static byte[] Deflate(byte[] bytes)
    {
        using var target = new MemoryStream();
        using (var zlib = new ZLibStream(target, CompressionLevel.SmallestSize, leaveOpen: true))
        {
            zlib.Write(bytes);
        }

        return target.ToArray();
    }

    /// <summary>CRC-32 bit by bit, as the PNG specification defines it.</summary>
    public static uint SlowCrc(byte[] bytes)
    {
        var crc = uint.MaxValue;
        foreach (var value in bytes)
        {
            crc ^= value;
            for (var bit = 0; bit < 8; bit++)
            {
                crc = (crc >> 1) ^ ((crc & 1) * 0xEDB88320);
            }
        }

        return ~crc;
    }
}
