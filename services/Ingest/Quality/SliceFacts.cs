using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using OrganSeg.Imaging;

namespace OrganSeg.Ingest.Quality;

/// <summary>What is measured of one slice at network size.</summary>
internal sealed class SliceFacts
{
    private SliceFacts(int classes) => (Area, SumX, Outside) = (new int[classes], new long[classes], new int[classes]);

    /// <summary>Pixels of each class.</summary>
    public int[] Area { get; }

    /// <summary>Sum of the columns of each class's pixels.</summary>
    public long[] SumX { get; }

    /// <summary>Pixels of each class in the air around the body.</summary>
    public int[] Outside { get; }

    /// <summary>Pixels of the body by grey value.</summary>
    public int[] BodyHistogram { get; } = new int[256];

    /// <summary>Pixels of the body.</summary>
    public int BodyArea { get; private set; }

    /// <summary>Sum of the columns of the body's pixels.</summary>
    public long BodySumX { get; private set; }

    /// <summary>Whether all pixels of the image have one grey value.</summary>
    public bool IsBlank { get; private init; }

    /// <summary>Of the image; equal images have equal ones.</summary>
    public UInt128 Digest { get; private init; }

    /// <summary>Measures a slice.</summary>
    /// <param name="image">Grey values [size, size].</param>
    /// <param name="labels">Class ids of the same shape, each below <paramref name="classes"/>.</param>
    /// <param name="classes">Number of classes, background included.</param>
    public static SliceFacts Of(ByteImage image, ByteImage labels, int classes)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(image.Pixels, hash);
        var facts = new SliceFacts(classes)
        {
            IsBlank = !image.Pixels.AsSpan().ContainsAnyExcept(image.Pixels[0]),
            Digest = BinaryPrimitives.ReadUInt128LittleEndian(hash),
        };
        var outside = ArrayPool<bool>.Shared.Rent(image.Pixels.Length);
        try
        {
            BodyMask.FindOutside(image, outside);
            facts.Count(image, labels, outside);
        }
        finally
        {
            ArrayPool<bool>.Shared.Return(outside);
        }

        return facts;
    }

    private void Count(ByteImage image, ByteImage labels, ReadOnlySpan<bool> outside)
    {
        for (var y = 0; y < image.Height; y++)
        {
            var greys = image.Row(y);
            var ids = labels.Row(y);
            var air = outside.Slice(y * image.Width, image.Width);
            for (var x = 0; x < greys.Length; x++)
            {
                var id = ids[x];
                Area[id]++;
                SumX[id] += x;
                if (air[x])
                {
                    Outside[id]++;
                }
                else
                {
                    BodyHistogram[greys[x]]++;
                    BodyArea++;
                    BodySumX += x;
                }
            }
        }
    }
}
