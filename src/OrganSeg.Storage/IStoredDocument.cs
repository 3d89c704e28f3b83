namespace OrganSeg.Storage;

/// <summary>A JSON document of a catalogue.</summary>
public interface IStoredDocument
{
    /// <summary>Version of the document's form; this code writes and reads 1.</summary>
    int Schema { get; }
}
