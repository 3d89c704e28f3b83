namespace OrganSeg.Ingest.Import;

/// <summary>How far an import is: written by its stages, read by whoever tells the client.</summary>
internal sealed class ImportProgress
{
    public StageProgress Receive { get; } = new("receive", "file");

    public StageProgress Normalise { get; } = new("normalise", "file");

    public StageProgress Store { get; } = new("store", "case");

    public IEnumerable<StageProgress> Stages => [Receive, Normalise, Store];
}
