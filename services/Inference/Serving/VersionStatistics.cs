namespace OrganSeg.Inference.Serving;

/// <summary>What was run of one version.</summary>
/// <param name="Model">Its model.</param>
/// <param name="Version">Its version.</param>
/// <param name="Images">Images answered.</param>
/// <param name="Runs">Runs that gave what was asked.</param>
/// <param name="Failures">Requests that were refused, failed or were given up.</param>
/// <param name="Last">When the last run ended; null before the first.</param>
/// <param name="Queue">Waits of the requests that came to a run.</param>
/// <param name="Run">Runs, once for each request in them.</param>
/// <param name="Sizes">Runs by their number of images.</param>
internal sealed record VersionStatistics(
    string Model,
    string Version,
    long Images,
    long Runs,
    long Failures,
    DateTimeOffset? Last,
    TimeTotal Queue,
    TimeTotal Run,
    IReadOnlyDictionary<int, TimeTotal> Sizes);
