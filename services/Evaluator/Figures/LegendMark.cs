namespace OrganSeg.Evaluator.Figures;

/// <summary>What stands before a word of a legend.</summary>
internal enum LegendMark
{
    /// <summary>A filled square.</summary>
    Area,

    /// <summary>A round dot.</summary>
    Dot,

    /// <summary>A line.</summary>
    Line,

    /// <summary>A broken line.</summary>
    Dash,

    /// <summary>A filled diamond with the whiskers of an interval.</summary>
    Interval,

    /// <summary>A cross.</summary>
    Cross,
}
