namespace OrganSeg.Ingest.Splits;

/// <summary>What decides the part of a case.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Organs">Ids of the organs that any of its slices shows.</param>
/// <param name="Slices">Its slices.</param>
internal sealed record CaseToDivide(string Name, IReadOnlySet<byte> Organs, int Slices);
