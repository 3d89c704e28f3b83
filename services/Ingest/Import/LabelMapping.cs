using OrganSeg.Imaging;

namespace OrganSeg.Ingest.Import;

/// <summary>
/// Brings the label ids of a source to class ids. With a map, it says all: ids that it does not name become background, as
/// when label maps are scored, since what another scheme calls 4 is none of ours (in a TotalSegmentator label map the
/// gallbladder). Without a map ids must be class ids already.
/// </summary>
internal sealed class LabelMapping
{
    private const short Unknown = -1;

    private readonly short[] _classOf = new short[256];
    private readonly string _known;

    /// <param name="schema">The classes.</param>
    /// <param name="map">Source id to class id; the ids are checked already.</param>
    public LabelMapping(LabelSchema schema, IReadOnlyDictionary<byte, byte> map)
    {
        for (var id = 0; id < _classOf.Length; id++)
        {
            _classOf[id] = map.TryGetValue((byte)id, out var mapped) ? mapped
                : map.Count > 0 ? (short)0
                : id < schema.Count ? (short)id
                : Unknown;
        }

        _known = string.Join(", ", Enumerable.Range(0, _classOf.Length).Where(id => _classOf[id] >= 0));
    }

    /// <summary>Maps every pixel in place.</summary>
    /// <param name="labels">Source ids; class ids afterwards.</param>
    /// <param name="fileName">Named in errors.</param>
    /// <exception cref="OrganSegException"><see cref="ErrorKind.Invalid"/> with every id that has no class.</exception>
    public void Apply(ByteImage labels, string fileName)
    {
        Span<bool> present = stackalloc bool[256];
        foreach (var id in labels.Pixels)
        {
            present[id] = true;
        }

        var refused = new List<int>();
        var identity = true;
        for (var id = 0; id < present.Length; id++)
        {
            if (present[id])
            {
                identity &= _classOf[id] == id;
                if (_classOf[id] < 0)
                {
                    refused.Add(id);
                }
            }
        }

        if (refused.Count > 0)
        {
            throw OrganSegException.Invalid(fileName, Describe(refused));
        }

        if (!identity)
        {
            foreach (ref var pixel in labels.Pixels.AsSpan())
            {
                pixel = (byte)_classOf[pixel];
            }
        }
    }

    private string Describe(List<int> refused)
    {
        var ids = string.Join(", ", refused.Take(10)) + (refused.Count > 10 ? ", …" : "");
        return $"has unknown label id {ids}; known are {_known}. Correct the file or map the id to a class.";
    }
}
