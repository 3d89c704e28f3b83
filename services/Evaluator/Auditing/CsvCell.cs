namespace OrganSeg.Evaluator.Auditing;

/// <summary>A field of a CSV table.</summary>
/// <param name="Text">Its text, without quotes.</param>
/// <param name="Line">Line on which it begins, from 1.</param>
/// <param name="Column">Its number among the fields of its record, from 1.</param>
internal readonly record struct CsvCell(string Text, int Line, int Column);
