namespace OrganSeg.Trainer.Runs;

/// <summary>Work outside the training loop.</summary>
/// <param name="Stage">What is being done, such as <c>parity</c>.</param>
/// <param name="Done">Units done.</param>
/// <param name="Total">Units in all.</param>
/// <param name="Unit">What a unit is.</param>
internal sealed record ProgressEntry(string Stage, long Done, long Total, string Unit);
