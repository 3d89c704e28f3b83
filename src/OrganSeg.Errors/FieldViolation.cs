namespace OrganSeg;

/// <summary>One thing that is wrong with an input.</summary>
/// <param name="Field">File or field, such as <c>case0001_slice003.png</c> or <c>settings.width</c>.</param>
/// <param name="Description">What is wrong with it and what to do.</param>
public sealed record FieldViolation(string Field, string Description);
