using System.Buffers.Binary;
using System.Globalization;
using System.IO.Compression;
using System.Text;

namespace OrganSeg.Testing;

/// <summary>Writes the elements of a data set by PS3.5, apart from the code under test.</summary>
/// <param name="syntax">Transfer syntax UID, of those of <see cref="DicomImage"/>.</param>
public sealed class DicomElements(string syntax)
{
    private const uint Undefined = 0xFFFF_FFFF;

    private readonly bool _explicit = syntax != DicomImage.ImplicitLittle;
    private readonly bool _big = syntax == DicomImage.ExplicitBig;
    private readonly List<byte> _bytes = [];

    /// <summary>A file by PS3.10: preamble, meta information, data set.</summary>
    public static byte[] File(string syntax, DicomElements set)
    {
        var meta = new DicomElements(DicomImage.ExplicitLittle);
        meta.Text(0x0002_0010, "UI", syntax);
        return [.. new byte[128], .. "DICM"u8, .. meta._bytes, .. syntax == DicomImage.Deflated ? Deflate([.. set._bytes]) : [.. set._bytes]];
    }

    /// <summary>Text, padded to an even length.</summary>
    public void Text(uint tag, string kind, string value)
    {
        var bytes = Encoding.UTF8.GetBytes(value);
        Head(tag, kind, (uint)(bytes.Length + (bytes.Length % 2)));
        _bytes.AddRange(bytes);
        if (bytes.Length % 2 != 0)
        {
            _bytes.Add(kind == "UI" ? (byte)0 : (byte)' ');
        }
    }

    /// <summary>Decimal numbers.</summary>
    public void Numbers(uint tag, params double[] numbers) =>
        Text(tag, "DS", string.Join('\\', numbers.Select(number => number.ToString("R", CultureInfo.InvariantCulture))));

    /// <summary>An unsigned 16-bit number.</summary>
    public void Word(uint tag, ushort value)
    {
        Head(tag, "US", 2);
        Number(value);
    }

    /// <summary>Words of 16 bits.</summary>
    public void Pixels(uint tag, int[] pixels)
    {
        Head(tag, "OW", (uint)(2 * pixels.Length));
        foreach (var pixel in pixels)
        {
            Number(unchecked((ushort)pixel));
        }
    }

    /// <summary>Bytes, padded to an even length.</summary>
    public void Raw(uint tag, byte[] bytes)
    {
        Head(tag, "OB", (uint)(bytes.Length + (bytes.Length % 2)));
        _bytes.AddRange([.. bytes, .. new byte[bytes.Length % 2]]);
    }

    /// <summary>A sequence, of known length or not.</summary>
    public void Sequence(uint tag, bool isDefined, params IEnumerable<Action<DicomElements>> items)
    {
        var inner = new DicomElements(syntax);
        foreach (var item in items)
        {
            var set = new DicomElements(syntax);
            item(set);
            inner.Head(0xFFFE_E000, "", isDefined ? (uint)set._bytes.Count : Undefined);
            inner._bytes.AddRange(set._bytes);
            if (!isDefined)
            {
                inner.Head(0xFFFE_E00D, "", 0);
            }
        }

        Head(tag, "SQ", isDefined ? (uint)inner._bytes.Count : Undefined);
        _bytes.AddRange(inner._bytes);
        if (!isDefined)
        {
            Head(0xFFFE_E0DD, "", 0);
        }
    }

    /// <summary>What stands before a value; no value representation for items and their ends.</summary>
    public void Head(uint tag, string kind, uint length)
    {
        Number((ushort)(tag >> 16));
        Number((ushort)tag);
        if (_explicit && kind.Length > 0)
        {
            _bytes.AddRange(Encoding.ASCII.GetBytes(kind));
            if (kind is not ("SQ" or "OW" or "OB"))
            {
                Number((ushort)length);
                return;
            }

            Number(0);
        }

        Span<byte> bytes = stackalloc byte[4];
        if (_big)
        {
            BinaryPrimitives.WriteUInt32BigEndian(bytes, length);
        }
        else
        {
            BinaryPrimitives.WriteUInt32LittleEndian(bytes, length);
        }

        _bytes.AddRange(bytes);
    }

    private static byte[] Deflate(byte[] bytes)
    {
        using var packed = new MemoryStream();
        using (var stream = new DeflateStream(packed, CompressionLevel.Optimal, leaveOpen: true))
        {
            stream.Write(bytes);
        }

        return packed.ToArray();
    }

    private void Number(ushort value)
    {
        Span<byte> bytes = stackalloc byte[2];
        if (_big)
        {
            BinaryPrimitives.WriteUInt16BigEndian(bytes, value);
        }
        else
        {
            BinaryPrimitives.WriteUInt16LittleEndian(bytes, value);
        }

        _bytes.AddRange(bytes);
    }
}
