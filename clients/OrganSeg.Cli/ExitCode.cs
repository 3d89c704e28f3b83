namespace OrganSeg.Cli;

/// <summary>What the process answers its caller; scripts rely on it.</summary>
internal static class ExitCode
{
    public const int Done = 0;
    public const int Failed = 1;
    public const int WrongUsage = 2;

    /// <summary>What shells report for a process that SIGINT ended.</summary>
    public const int Interrupted = 130;

    /// <summary>What shells report for a process that SIGTERM ended.</summary>
    public const int Terminated = 143;
}
