using OrganSeg.V1;

namespace OrganSeg.Cli.Work;

/// <summary>Shows one run while it is watched.</summary>
internal interface IRunView
{
    /// <summary>Something happened in the run.</summary>
    void Show(RunEvent happened);

    /// <summary>The run waits: 1 for the one that is taken next.</summary>
    void ShowPlace(uint place);
}
