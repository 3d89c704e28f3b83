namespace OrganSeg.Storage.Queues;

/// <summary>A message that was taken and is hidden from others for a while.</summary>
/// <param name="Id">The queue's name for it.</param>
/// <param name="Receipt">Proof of who took it last; another comes with every change.</param>
/// <param name="Text">What was sent.</param>
/// <param name="Taken">How often it was taken, this time included.</param>
/// <param name="SentAt">When it was sent, by the queue's clock.</param>
public sealed record QueuedMessage(string Id, string Receipt, string Text, long Taken, DateTimeOffset? SentAt);
