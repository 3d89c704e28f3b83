namespace OrganSeg.Ingest.Splits;

/// <summary>An organ that no case of a part has.</summary>
/// <param name="Organ">Its id.</param>
/// <param name="Part">Such as <c>the test side</c> or <c>fold 3</c>.</param>
/// <param name="Cases">Cases of all parts that have it.</param>
internal sealed record MissingOrgan(byte Organ, string Part, int Cases);
