using OrganSeg.V1;

namespace OrganSeg.Cli.Work;

/// <summary>How a watched run ended.</summary>
/// <param name="Run">Its last state.</param>
/// <param name="Best">Metrics of its best epoch, or null when it finished none.</param>
internal sealed record RunResult(Run Run, EpochMetrics? Best);
