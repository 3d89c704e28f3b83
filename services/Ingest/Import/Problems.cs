namespace OrganSeg.Ingest.Import;

/// <summary>
/// Collects everything that is wrong with an import, so that its sender can mend it in one go. Only the first problems
/// in the order of names are kept, and the others counted, however many there are. Any number of threads may add.
/// </summary>
internal sealed class Problems
{
    private const int Shown = 20;

    private readonly Lock _gate = new();
    private readonly SortedSet<FieldViolation> _first = new(Comparer<FieldViolation>.Create(Compare));
    private int _count;

    public void Add(string field, string description)
    {
        lock (_gate)
        {
            if (!_first.Add(new FieldViolation(field, description)))
            {
                return;
            }

            _count++;
            if (_first.Count > Shown)
            {
                _first.Remove(_first.Max!);
            }
        }
    }

    public void Add(OrganSegException error)
    {
        foreach (var violation in error.Violations)
        {
            Add(violation.Field, violation.Description);
        }
    }

    /// <summary>Adds what a file is refused for, also where the error has only a message.</summary>
    public void Add(OrganSegException error, string fileName)
    {
        if (error.Violations.Count > 0)
        {
            Add(error);
            return;
        }

        var prefix = $"{fileName}: ";
        Add(fileName, error.Message.StartsWith(prefix, StringComparison.Ordinal) ? error.Message[prefix.Length..] : error.Message);
    }

    /// <exception cref="OrganSegException"><see cref="ErrorKind.Invalid"/> with the first problems and how many there
    /// are more, when there is any.</exception>
    public void ThrowIfAny()
    {
        lock (_gate)
        {
            if (_count == 0)
            {
                return;
            }

            var more = _count - _first.Count;
            throw new OrganSegException(more == 0
                ? [.. _first]
                : [.. _first, new FieldViolation("files", $"{more} more problems like these; {_count} in all.")]);
        }
    }

    private static int Compare(FieldViolation? one, FieldViolation? other) =>
        string.CompareOrdinal(one!.Field, other!.Field) is var byField and not 0
            ? byField
            : string.CompareOrdinal(one.Description, other.Description);
}
