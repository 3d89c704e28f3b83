namespace OrganSeg.Storage;

/// <summary>How well an organ was found in a cross-validation.</summary>
/// <param name="Pooled">F1 over the pixels of all folds together.</param>
/// <param name="Mean">Mean of the folds' F1.</param>
/// <param name="Deviation">Their standard deviation, by one less than their number; null with a single one.</param>
/// <param name="Folds">Folds whose F1 is defined.</param>
public sealed record CrossValidationScore(double Pooled, double Mean, double? Deviation, int Folds);
