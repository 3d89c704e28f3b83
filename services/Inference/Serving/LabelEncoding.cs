using Google.Protobuf;
using OrganSeg.Imaging;
using OrganSeg.V1;

namespace OrganSeg.Inference.Serving;

/// <summary>Puts a label map into an answer, as the caller wants it.</summary>
internal static class LabelEncoding
{
    /// <exception cref="OrganSegException"><see cref="ErrorKind.Invalid"/>: there is no such format.</exception>
    public static void Check(LabelFormat format)
    {
        if (!Enum.IsDefined(format))
        {
            throw OrganSegException.Invalid("format", $"{(int)format} is not known; give raster, PNG or run lengths.");
        }
    }

    /// <param name="response">Takes the label map.</param>
    /// <param name="labels">Class ids; not touched by anybody after this.</param>
    /// <param name="format">Checked before.</param>
    public static void Put(SegmentSliceResponse response, ByteImage labels, LabelFormat format)
    {
        switch (format)
        {
            case LabelFormat.Png:
                response.Png = UnsafeByteOperations.UnsafeWrap(Png.WriteGrey(labels));
                break;
            case LabelFormat.RunLength:
                response.RunLengths = RunsOf(labels);
                break;
            default:
                response.Labels = new Raster
                {
                    Width = (uint)labels.Width,
                    Height = (uint)labels.Height,
                    Pixels = UnsafeByteOperations.UnsafeWrap(labels.Pixels),
                };
                break;
        }
    }

    private static RunLengths RunsOf(ByteImage labels)
    {
        var runs = new RunLengths { Width = (uint)labels.Width, Height = (uint)labels.Height };
        var ids = new List<byte>();
        for (ReadOnlySpan<byte> rest = labels.Pixels; !rest.IsEmpty;)
        {
            var end = rest.IndexOfAnyExcept(rest[0]);
            var length = end < 0 ? rest.Length : end;
            ids.Add(rest[0]);
            runs.Lengths.Add((uint)length);
            rest = rest[length..];
        }

        runs.Ids = ByteString.CopyFrom([.. ids]);
        return runs;
    }
}
