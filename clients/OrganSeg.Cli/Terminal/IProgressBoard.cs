namespace OrganSeg.Cli.Terminal;

/// <summary>Shows how far pieces of work are.</summary>
internal interface IProgressBoard
{
    /// <summary>Shows a piece of work, or how it went on.</summary>
    /// <param name="title">Names the piece; equal titles are one piece.</param>
    /// <param name="done">Units done.</param>
    /// <param name="total">Units in all, 0 while unknown.</param>
    /// <param name="detail">What else is worth a glance, such as <c>slices</c> or a loss.</param>
    void Report(string title, long done, long total, string detail = "");

    /// <summary>A line that stays.</summary>
    void Note(string text);
}
