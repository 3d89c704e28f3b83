using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace OrganSeg.Imaging.Dicom;

/// <summary>
/// The elements of a data set's first level that are asked for; everything else, what identifies a patient among it, is
/// stepped over without being read.
/// </summary>
internal sealed class DicomDataSet
{
    /// <summary>Most items of a sequence; so many frames no image has.</summary>
    public const int MostItems = 1 << 16;

    private const uint Undefined = 0xFFFF_FFFF;
    private const int DelimiterBytes = 8;
    private const int DeepestNesting = 16;

    // Of these the value representation is followed by two empty bytes and a length of four.
    private static readonly string[] Long = ["OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN", "UR", "UT", "UV"];

    private readonly Dictionary<uint, ReadOnlyMemory<byte>> _values = [];

    // Sequences whose representation the file says not to know: their items are implicit little endian (PS3.5, 6.2.2).
    private readonly HashSet<uint> _unknown = [];
    private readonly ReadOnlyMemory<byte> _bytes;
    private readonly DicomSyntax _syntax;
    private readonly string _file;

    private DicomDataSet(ReadOnlyMemory<byte> bytes, DicomSyntax syntax, string file) =>
        (_bytes, _syntax, _file) = (bytes, syntax, file);

    /// <summary>Where the data set ends, or its pixels begin.</summary>
    public int End { get; private set; }

    /// <summary>What errors call it.</summary>
    public string File => _file;

    /// <param name="bytes">The data set.</param>
    /// <param name="syntax">Its encoding; a data set compressed as a whole is unpacked already.</param>
    /// <param name="file">What errors name.</param>
    /// <param name="lastGroup">Reading stops before the first element of a higher group.</param>
    /// <param name="wanted">Tags whose values are kept.</param>
    /// <exception cref="OrganSegException"><see cref="ErrorKind.Invalid"/>: cut off or damaged.</exception>
    public static DicomDataSet Read(
        ReadOnlyMemory<byte> bytes, DicomSyntax syntax, string file, uint lastGroup, IReadOnlySet<uint> wanted)
    {
        var set = new DicomDataSet(bytes, syntax, file);
        var place = 0;
        while (place + 8 <= bytes.Length && set.Tag(place) >> 16 <= lastGroup)
        {
            var (tag, start, length, unknown) = set.Element(ref place);
            if (tag == DicomTag.PixelData)
            {
                // Encapsulated pixels are no value: how long they are is found by their decoder.
                set._values[tag] = length == Undefined ? default : set.Slice(start, length, tag);
                break;
            }

            var end = length == Undefined ? set.SkipSequence(start, 1, unknown) : start + set.Slice(start, length, tag).Length;
            if (wanted.Contains(tag))
            {
                set._values[tag] = bytes[start..(length == Undefined ? end - DelimiterBytes : end)];
                if (unknown)
                {
                    set._unknown.Add(tag);
                }
            }

            place = end;
        }

        set.End = place;
        return set;
    }

    public bool Has(uint tag) => _values.ContainsKey(tag);

    /// <summary>The value's bytes; empty where it is missing.</summary>
    public ReadOnlyMemory<byte> Bytes(uint tag) => _values.GetValueOrDefault(tag);

    /// <summary>Text without its padding; empty where it is missing.</summary>
    public string Text(uint tag) => Encoding.ASCII.GetString(Bytes(tag).Span).Trim('\0', ' ');

    /// <summary>Text for people, in whatever script; empty where it is missing.</summary>
    public string Words(uint tag) => Encoding.UTF8.GetString(Bytes(tag).Span).Trim('\0', ' ');

    /// <summary>An unsigned 16-bit number; null where it is missing.</summary>
    /// <exception cref="OrganSegException"><see cref="ErrorKind.Invalid"/>: its length is another.</exception>
    public ushort? Short(uint tag)
    {
        var value = Bytes(tag).Span;
        return value.Length switch
        {
            0 => null,
            2 => _syntax.BigEndian ? BinaryPrimitives.ReadUInt16BigEndian(value) : BinaryPrimitives.ReadUInt16LittleEndian(value),
            _ => throw Wrong(tag, $"has {value.Length} bytes; it must have 2."),
        };
    }

    /// <summary>Decimal numbers, with backslashes between them; null where there are none.</summary>
    /// <exception cref="OrganSegException"><see cref="ErrorKind.Invalid"/>: another number of them, or none that are finite.</exception>
    public double[]? Numbers(uint tag, int count)
    {
        var text = Text(tag);
        if (text.Length == 0)
        {
            return null;
        }

        var parts = text.Split('\\');
        var numbers = new double[count];
        var right = parts.Length == count;
        for (var i = 0; right && i < count; i++)
        {
            right = double.TryParse(parts[i], NumberStyles.Float, CultureInfo.InvariantCulture, out numbers[i]) && double.IsFinite(numbers[i]);
        }

        return right ? numbers : throw Wrong(tag, $"must hold {count} number{(count == 1 ? "" : "s")}.");
    }

    /// <summary>The items of a sequence; none where it is missing.</summary>
    /// <param name="tag">Of the sequence.</param>
    /// <param name="wanted">Tags whose values are kept of each item.</param>
    /// <param name="numbered">Whether errors call an item frame 1, 2, … of the file.</param>
    /// <exception cref="OrganSegException"><see cref="ErrorKind.Invalid"/>: cut off, damaged, or too many.</exception>
    public IReadOnlyList<DicomDataSet> Items(uint tag, IReadOnlySet<uint> wanted, bool numbered = false)
    {
        var sequence = new DicomDataSet(Bytes(tag), _unknown.Contains(tag) ? new DicomSyntax(Explicit: false) : _syntax, _file);
        var items = new List<DicomDataSet>();
        for (var place = 0; place + DelimiterBytes <= sequence._bytes.Length;)
        {
            var (kind, start, length, _) = sequence.Element(ref place);
            if (kind != DicomTag.Item || items.Count == MostItems)
            {
                throw Wrong(tag, kind != DicomTag.Item ? "is no sequence of items; the file is damaged." : $"has more than {MostItems} items.");
            }

            place = length == Undefined ? sequence.SkipItem(start, 1, implicitly: false) : start + sequence.Slice(start, length, tag).Length;
            var content = sequence._bytes[start..(length == Undefined ? place - DelimiterBytes : place)];
            items.Add(Read(content, sequence._syntax, numbered ? $"{_file} frame {items.Count + 1}" : _file, uint.MaxValue, wanted));
        }

        return items;
    }

    public OrganSegException Wrong(uint tag, string what) => OrganSegException.Invalid(_file, $"{DicomTag.Show(tag)} {what}");

    private uint Tag(int place) => ((uint)UInt16(place) << 16) | UInt16(place + 2);

    private ushort UInt16(int place)
    {
        var span = _bytes.Span[place..];
        return _syntax.BigEndian ? BinaryPrimitives.ReadUInt16BigEndian(span) : BinaryPrimitives.ReadUInt16LittleEndian(span);
    }

    private uint UInt32(int place)
    {
        var span = _bytes.Span[place..];
        return _syntax.BigEndian ? BinaryPrimitives.ReadUInt32BigEndian(span) : BinaryPrimitives.ReadUInt32LittleEndian(span);
    }

    /// <summary>The head of an element; <paramref name="place"/> is where its value begins afterwards.</summary>
    private (uint Tag, int Start, uint Length, bool Unknown) Element(ref int place, bool implicitly = false)
    {
        Need(place, 8);
        var (tag, length) = (Tag(place), UInt32(place + 4));
        place += 8;
        var unknown = false;
        // Items and their ends have no value representation.
        if (_syntax.Explicit && !implicitly && tag >> 16 != 0xFFFE)
        {
            var representation = Encoding.ASCII.GetString(_bytes.Span.Slice(place - 4, 2));
            unknown = representation == "UN";
            if (Long.Contains(representation))
            {
                Need(place, 4);
                length = UInt32(place);
                place += 4;
            }
            else
            {
                length = UInt16(place - 2);
            }
        }

        return (tag, place, length, unknown);
    }

    /// <summary>Steps over a sequence of unknown length; inside one of unknown representation nothing says its own (PS3.5, 6.2.2).</summary>
    private int SkipSequence(int place, int depth, bool implicitly)
    {
        if (depth > DeepestNesting)
        {
            throw OrganSegException.Invalid(_file, $"has sequences more than {DeepestNesting} deep.");
        }

        while (true)
        {
            var (tag, start, length, _) = Element(ref place, implicitly);
            switch (tag)
            {
                case DicomTag.SequenceEnd:
                    return start;
                case DicomTag.Item when length == Undefined:
                    place = SkipItem(start, depth, implicitly);
                    break;
                case DicomTag.Item:
                    Need(start, length);
                    place = start + (int)length;
                    break;
                default:
                    throw Wrong(tag, "stands in a sequence where an item must; the file is damaged.");
            }
        }
    }

    private int SkipItem(int place, int depth, bool implicitly)
    {
        while (true)
        {
            var (tag, start, length, unknown) = Element(ref place, implicitly);
            if (tag == DicomTag.ItemEnd)
            {
                return start;
            }

            if (length == Undefined)
            {
                place = SkipSequence(start, depth + 1, implicitly || unknown);
            }
            else
            {
                Need(start, length);
                place = start + (int)length;
            }
        }
    }

    private ReadOnlyMemory<byte> Slice(int start, uint length, uint tag) =>
        length <= _bytes.Length - start
            ? _bytes.Slice(start, (int)length)
            : throw Wrong(tag, $"says that it has {length} bytes, but only {_bytes.Length - start} follow; copy the file again.");

    private void Need(int place, uint bytes)
    {
        if (place > _bytes.Length || bytes > _bytes.Length - place)
        {
            throw OrganSegException.Invalid(_file, "ends in the middle of an element; copy the file again.");
        }
    }
}
