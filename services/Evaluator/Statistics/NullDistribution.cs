namespace OrganSeg.Evaluator.Statistics;

/// <summary>Where the distribution of the signed-rank statistic under the null hypothesis is taken from.</summary>
internal enum NullDistribution
{
    /// <summary>Exact up to <see cref="SignedRank.MostExactPairs"/> pairs that differ, normal beyond.</summary>
    Automatic,

    /// <summary>All assignments of signs to the ranks at hand, which stays exact with ties and zeros.</summary>
    Exact,

    /// <summary>Normal approximation with corrections for ties, zeros and continuity.</summary>
    Normal,
}
