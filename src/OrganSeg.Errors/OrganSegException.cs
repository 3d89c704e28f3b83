namespace OrganSeg;

/// <summary>
/// The one exception for expected failures. Its message says what was wrong, in which file or field, and what to do; it
/// is shown to callers, so it never holds patient identifiers, secrets or paths of the server.
/// </summary>
public sealed class OrganSegException : Exception
{
    /// <summary>Creates an error of a kind.</summary>
    public OrganSegException(ErrorKind kind, string message, Exception? inner = null)
        : base(message, inner)
    {
        Kind = kind;
    }

    /// <summary>Creates an <see cref="ErrorKind.Invalid"/> error out of everything that is wrong with an input.</summary>
    /// <exception cref="ArgumentException"><paramref name="violations"/> is empty.</exception>
    public OrganSegException(IReadOnlyList<FieldViolation> violations)
        : base(string.Join("; ", violations.Select(v => $"{v.Field}: {v.Description}")))
    {
        if (violations.Count == 0)
        {
            throw new ArgumentException("At least one violation is needed.", nameof(violations));
        }

        Kind = ErrorKind.Invalid;
        Violations = violations;
    }

    /// <summary>The kind, which decides the gRPC status.</summary>
    public ErrorKind Kind { get; }

    /// <summary>Everything that is wrong with an input; empty for other kinds.</summary>
    public IReadOnlyList<FieldViolation> Violations { get; } = [];

    /// <summary>With <see cref="ErrorKind.Quota"/>: when to try again.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>
    /// Whether the message names no file, case or patient, but only models, datasets, runs, settings and numbers; then it may
    /// stand in traces, too.
    /// </summary>
    public bool IsNameless { get; init; }

    /// <summary>An <see cref="ErrorKind.Invalid"/> error about one file or field.</summary>
    public static OrganSegException Invalid(string field, string description) =>
        new([new FieldViolation(field, description)]);
}
