using OrganSeg.Imaging;

namespace OrganSeg.Ingest.Import;

/// <summary>
/// Brings the label ids of a source to class ids. An id that the map names is mapped; other ids must be class ids
/// already. With one exception for the patient's sake: an id that is not named, while another id is mapped onto it, is
/// refused, because two different structures would silently become one organ (in a TotalSegmentator label map with
/// <c>7=4</c>, the gallbladder, id 4, would become pancreas).
/// </summary>
internal sealed class LabelMapping
{
    private const short Unknown = -1;
    private const short Ambiguous = -2;

    private readonly short[] _classOf = new short[256];
    private readonly string _known;

    /// <param name="schema">The classes.</param>
    /// <param name="map">Source id to class id; the ids are checked already.</param>
    public LabelMapping(LabelSchema schema, IReadOnlyDictionary<byte, byte> map)
    {
        var targets = map.Values.ToHashSet();
        for (var id = 0; id < _classOf.Length; id++)
        {
            _classOf[id] = map.TryGetValue((byte)id, out var mapped) ? mapped
                : id == 0 ? (short)0
                : id >= schema.Count ? Unknown
                : targets.Contains((byte)id) ? Ambiguous
                : (short)id;
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
        var example = refused[0];
        return _classOf[example] == Ambiguous
            ? $"has label id {ids}, which the label map leaves out while it maps another id onto {example}; "
                + $"name it in the map, as {example}={example} to keep it or {example}=0 to make it background."
            : $"has unknown label id {ids}; known are {_known}. Correct the file or map the id to a class.";
    }
}
