using System.Reflection;

namespace OrganSeg.Trainer.Publishing;

/// <summary>The git commit this program was built from, as the compiler was told it.</summary>
internal static class BuildCommit
{
    /// <summary>The commit's hash, or null where the build knew none.</summary>
    public static string? Value { get; } = typeof(BuildCommit).Assembly
        .GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+') is [_, { Length: > 0 } commit]
        ? commit
        : null;
}
