using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Google.Protobuf;
using OrganSeg.Imaging;
using OrganSeg.V1;

namespace OrganSeg.Inference.Serving;

/// <summary>Turns what a request carries into an image, within the limits.</summary>
internal static class SliceDecoder
{
    private const string RasterField = "raster";
    private const string PngField = "png";

    /// <exception cref="OrganSegException"><see cref="ErrorKind.Invalid"/>, naming the field.</exception>
    public static ByteImage Decode(SegmentSliceRequest request, int maxSide)
    {
        switch (request.ImageCase)
        {
            case SegmentSliceRequest.ImageOneofCase.Raster:
                var raster = request.Raster;
                CheckSides(RasterField, raster.Width, raster.Height, maxSide);
                var expected = (long)raster.Width * raster.Height;
                return raster.Pixels.Length == expected
                    ? new ByteImage((int)raster.Width, (int)raster.Height, BytesOf(raster.Pixels))
                    : throw OrganSegException.Invalid(
                        RasterField,
                        $"holds {raster.Pixels.Length} bytes; {raster.Width}×{raster.Height} needs {expected}, one a pixel.");
            case SegmentSliceRequest.ImageOneofCase.Png:
                var png = request.Png.Span;
                // The header comes first and is small: a huge picture is refused before any of it is unpacked.
                if (png.Length >= 24 && png[1..].StartsWith("PNG"u8))
                {
                    CheckSides(
                        PngField,
                        BinaryPrimitives.ReadUInt32BigEndian(png[16..]),
                        BinaryPrimitives.ReadUInt32BigEndian(png[20..]),
                        maxSide);
                }

                return Png.ReadGrey(png, PngField);
            default:
                throw OrganSegException.Invalid("image", "is missing; give a raster or a PNG.");
        }
    }

    private static void CheckSides(string field, uint width, uint height, int maxSide)
    {
        if (width == 0 || height == 0 || width > maxSide || height > maxSide)
        {
            throw OrganSegException.Invalid(field, $"is {width}×{height}; each side must be 1 to {maxSide} pixels.");
        }
    }

    /// <summary>The message's own buffer: nothing else reads or writes it, so a copy would be waste.</summary>
    private static byte[] BytesOf(ByteString bytes) =>
        MemoryMarshal.TryGetArray(bytes.Memory, out var segment) && segment.Offset == 0 && segment.Count == segment.Array!.Length
            ? segment.Array
            : bytes.ToByteArray();
}
