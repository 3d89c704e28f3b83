namespace OrganSeg.Ingest.DicomWeb;

/// <summary>A series that a server has.</summary>
/// <param name="Study">UID of its study.</param>
/// <param name="Series">Its own UID.</param>
/// <param name="Modality">CT or SEG.</param>
internal sealed record DicomWebSeries(string Study, string Series, string Modality);
