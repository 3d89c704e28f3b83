namespace OrganSeg.Storage;

/// <summary>Something a reader must know before believing an evaluation.</summary>
/// <param name="Serious">Whether the scores are not what they seem; else they mean less than hoped.</param>
/// <param name="Message">One or two sentences.</param>
public sealed record EvaluationWarning(bool Serious, string Message);
