namespace OrganSeg.Evaluator.Statistics;

/// <summary>What the signed-rank test does with pairs that do not differ.</summary>
internal enum ZeroHandling
{
    /// <summary>
    /// They are ranked with the others, then their ranks are left out (J. W. Pratt, JASA 54, 1959): more evidence for one
    /// model can then never raise the p value, which it can when zeros are dropped first.
    /// </summary>
    Pratt,

    /// <summary>They are dropped before ranking (Wilcoxon 1945; the default of SciPy).</summary>
    Wilcoxon,
}
