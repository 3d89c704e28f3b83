namespace OrganSeg.Ingest.Quality;

/// <summary>One kind of thing that a quality report points out.</summary>
/// <param name="Code">Names the kind, such as <c>outside-body</c>.</param>
/// <param name="Severity">How much it matters.</param>
/// <param name="Count">How often it was found.</param>
/// <param name="Message">What it is and what to do.</param>
/// <param name="Examples">The first of them, such as <c>case0001 case0001_slice003: spleen</c>.</param>
internal sealed record Finding(string Code, Severity Severity, int Count, string Message, IReadOnlyList<string> Examples);
