namespace OrganSeg.Storage;

/// <summary>The part of an error that says what could have been named instead.</summary>
internal static class KnownNames
{
    private const int MaxNamed = 20;

    public static string Sentence(string what, IReadOnlyCollection<string> names)
    {
        if (names.Count == 0)
        {
            return $"There are no {what} yet.";
        }

        string more = names.Count > MaxNamed ? $" and {names.Count - MaxNamed} more" : "";
        return $"There are these {what}: {string.Join(", ", names.Take(MaxNamed))}{more}.";
    }
}
