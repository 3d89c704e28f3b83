using System.Reflection;
using System.Runtime.InteropServices;

namespace OrganSeg.Benchmarks;

/// <summary>Times of several candidates, measured in turn, and how they are printed.</summary>
internal sealed class Timings
{
    private readonly Dictionary<string, List<double>> _times = [];

    public void Add(string name, double milliseconds)
    {
        _times.TryAdd(name, []);
        _times[name].Add(milliseconds);
    }

    public double Median(string name)
    {
        var sorted = _times[name].Order().ToList();
        return (sorted[(sorted.Count - 1) / 2] + sorted[sorted.Count / 2]) / 2;
    }

    public IEnumerable<string> Names => _times.Keys;

    public static void PrintMachine(int threads, string libraries)
    {
        var commit = typeof(Timings).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion;
        Console.WriteLine($"machine  {RuntimeInformation.OSDescription}, {RuntimeInformation.ProcessArchitecture}, {Processor}, {Environment.ProcessorCount} cores, {threads} threads used");
        Console.WriteLine($"commit   {commit}");
        Console.WriteLine($"runtime  {RuntimeInformation.FrameworkDescription}, {libraries}");
    }

    /// <summary>A line for each candidate; its median over the reference's is the last column.</summary>
    public void Print(string column, Func<string, double> ratio)
    {
        Console.WriteLine($"\n{"",-32}{"median ms",12}{"best ms",12}{"runs",8}{column,24}");
        foreach (var (name, all) in _times)
        {
            Console.WriteLine($"{name,-32}{Median(name),12:F1}{all.Min(),12:F1}{all.Count,8}{ratio(name),24:F3}");
        }
    }

    private static string Processor
    {
        get
        {
            const string Facts = "/proc/cpuinfo";
            var line = File.Exists(Facts) ? File.ReadLines(Facts).FirstOrDefault(text => text.StartsWith("model name", StringComparison.Ordinal)) : null;
            return line?.Split(':')[1].Trim() ?? Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER") ?? "unknown processor";
        }
    }
}
