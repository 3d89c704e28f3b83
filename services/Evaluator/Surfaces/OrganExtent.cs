namespace OrganSeg.Evaluator.Surfaces;

/// <summary>Where one class lies in a label map: in which rows, from which column to which.</summary>
internal sealed class OrganExtent
{
    private readonly short[] _first;
    private readonly short[] _last;
    private readonly int _height;

    public OrganExtent(int height, int depth)
    {
        _height = height;
        _first = new short[height * depth];
        _last = new short[height * depth];
        Array.Fill(_first, short.MaxValue);
        Array.Fill(_last, (short)-1);
    }

    /// <summary>Around all of it; known after <see cref="Close"/>.</summary>
    public OrganBox Box { get; private set; } = OrganBox.Empty;

    /// <summary>First and last column in a row; the first is after the last where there is none.</summary>
    public (int First, int Last) Row(int plane, int row)
    {
        var place = (plane * _height) + row;
        return (_first[place], _last[place]);
    }

    /// <summary>Adds columns to a row; rows may be added to at the same time, a row only from left to right.</summary>
    public void Add(int plane, int row, int first, int last)
    {
        var place = (plane * _height) + row;
        if (_last[place] < 0)
        {
            _first[place] = (short)first;
        }

        _last[place] = (short)last;
    }

    /// <summary>Finds the box, once everything was added.</summary>
    public void Close()
    {
        var box = OrganBox.Empty;
        for (var place = 0; place < _last.Length; place++)
        {
            if (_last[place] >= 0)
            {
                var (plane, row) = (place / _height, place % _height);
                box = box.With(new OrganBox(_first[place], row, plane, _last[place], row, plane));
            }
        }

        Box = box;
    }
}
