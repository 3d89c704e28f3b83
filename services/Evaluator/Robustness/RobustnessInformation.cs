namespace OrganSeg.Evaluator.Robustness;

/// <summary>How the sweep of a report was made.</summary>
/// <param name="Slices">Slices at each severity.</param>
/// <param name="Patients">Their patients.</param>
/// <param name="Seed">Decided every random number.</param>
/// <param name="KeptShare">Share of its unperturbed F1 below which an organ counts as broken.</param>
internal sealed record RobustnessInformation(int Slices, int Patients, ulong Seed, double KeptShare);
