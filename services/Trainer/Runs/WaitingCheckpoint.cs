using OrganSeg.Storage;

namespace OrganSeg.Trainer.Runs;

/// <summary>A checkpoint on its way into the store.</summary>
/// <param name="Name">File name.</param>
/// <param name="File">Its bytes, which stay as they are while training goes on.</param>
/// <param name="Change">What the run's document says with it.</param>
internal sealed record WaitingCheckpoint(string Name, byte[] File, Func<RunDocument, RunDocument> Change);
