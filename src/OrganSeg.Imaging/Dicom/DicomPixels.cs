using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace OrganSeg.Imaging.Dicom;

/// <summary>Raw stored numbers of 8 or 16 bits, one sample a pixel, frame after frame (PS3.5, section 8).</summary>
internal sealed class DicomPixels
{
    private const int MostSide = 16_384;

    private readonly ReadOnlyMemory<byte> _source;
    private readonly bool _bigEndian;
    private readonly int _allocated;
    private readonly int _stored;
    private readonly int _high;
    private readonly int? _lowPadding;
    private readonly int? _highPadding;

    // Of padding that the bits of a value cannot hold: it is among the words as they are stored.
    private readonly bool _isRawPadding;

    private DicomPixels(DicomFile file)
    {
        var set = file.Set;
        (Rows, Columns) = (Side(set, DicomTag.Rows), Side(set, DicomTag.Columns));
        IsSigned = set.Short(DicomTag.PixelRepresentation) == 1;
        _bigEndian = file.Syntax.BigEndian;
        _allocated = set.Short(DicomTag.BitsAllocated) ?? 16;
        _stored = set.Short(DicomTag.BitsStored) ?? _allocated;
        _high = set.Short(DicomTag.HighBit) ?? (_stored - 1);
        if (_allocated is not (8 or 16) || _stored == 0 || _stored > _allocated || _high >= _allocated || _high + 1 < _stored)
        {
            throw set.Wrong(DicomTag.BitsAllocated, $"{_allocated}, stored {_stored} up to bit {_high}, is no layout of 8 or 16 bits.");
        }

        _source = set.Bytes(DicomTag.PixelData);
        var (pixels, needed) = ((long)Rows * Columns * file.Frames, (long)Rows * Columns * file.Frames * _allocated / 8);
        if (_source.Length < needed)
        {
            throw set.Wrong(DicomTag.PixelData, $"has {_source.Length} bytes; {pixels} pixels of {_allocated} bits need {needed}.");
        }

        if (set.Short(DicomTag.PaddingValue) is { } padding)
        {
            // One value, or all of a range whose ends may come in either order (PS3.3, C.7.5.1.1.2).
            var limit = set.Short(DicomTag.PaddingLimit) ?? padding;
            _isRawPadding = unchecked((ushort)Value(padding)) != padding || unchecked((ushort)Value(limit)) != limit;
            var (one, other) = _isRawPadding ? (Word(padding), Word(limit)) : (Value(padding), Value(limit));
            (_lowPadding, _highPadding) = (Math.Min(one, other), Math.Max(one, other));
        }
    }

    public int Rows { get; }

    public int Columns { get; }

    public bool IsSigned { get; }

    /// <param name="file">With raw pixels.</param>
    /// <exception cref="OrganSegException"><see cref="ErrorKind.Invalid"/>: another layout, or too few pixels.</exception>
    public static DicomPixels Of(DicomFile file) => new(file);

    /// <summary>Rows or columns of an image.</summary>
    public static int Side(DicomDataSet set, uint tag) => set.Short(tag) is { } side and > 0 and <= MostSide
        ? side
        : throw set.Wrong(tag, $"is missing, or not 1 to {MostSide}.");

    /// <summary>A frame's numbers without the bits that are none of the value's (PS3.5, section 8.1.1).</summary>
    /// <param name="index">From 0.</param>
    /// <param name="air">What padding becomes, as near as a number comes to it.</param>
    /// <returns>[rows, columns] of 16 bits in this machine's byte order, signed or not as <see cref="IsSigned"/> says.</returns>
    public byte[] Frame(int index, double air)
    {
        var count = Rows * Columns;
        var source = _source.Span.Slice(count * (_allocated / 8) * index, count * (_allocated / 8));
        var bytes = new byte[2 * count];
        var pixels = MemoryMarshal.Cast<byte, short>(bytes.AsSpan());
        if (_allocated == 8)
        {
            for (var i = 0; i < count; i++)
            {
                pixels[i] = source[i];
            }
        }
        else
        {
            source.CopyTo(bytes);
            if (_bigEndian == BitConverter.IsLittleEndian)
            {
                BinaryPrimitives.ReverseEndianness(pixels, pixels);
            }
        }

        var outside = unchecked((short)(int)Math.Clamp(Math.Round(air), IsSigned ? short.MinValue : 0, IsSigned ? short.MaxValue : ushort.MaxValue));
        if (_isRawPadding)
        {
            foreach (ref var pixel in pixels)
            {
                var raw = unchecked((ushort)pixel);
                pixel = IsPadding(Word(raw)) ? outside : unchecked((short)Value(raw));
            }

            return bytes;
        }

        if (_stored < 16)
        {
            foreach (ref var pixel in pixels)
            {
                pixel = unchecked((short)Value((ushort)pixel));
            }
        }

        if (_lowPadding is not null)
        {
            foreach (ref var pixel in pixels)
            {
                pixel = IsPadding(Word(unchecked((ushort)pixel))) ? outside : pixel;
            }
        }

        return bytes;
    }

    private bool IsPadding(int number) => number >= _lowPadding && number <= _highPadding;

    /// <summary>All bits of a word as a number.</summary>
    private int Word(ushort raw) => IsSigned ? unchecked((short)raw) : raw;

    private int Value(ushort raw)
    {
        var (below, above) = (_high + 1 - _stored, 31 - _high);
        return IsSigned ? raw << above >> above >> below : (int)((uint)raw << above >> above) >> below;
    }
}
