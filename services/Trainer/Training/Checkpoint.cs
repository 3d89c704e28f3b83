using System.Text.Json;
using OrganSeg.Trainer.Weights;
using static TorchSharp.torch;

namespace OrganSeg.Trainer.Training;

/// <summary>
/// The file a run continues from: network state, the optimiser's moments, the average of the weights and
/// <see cref="TrainingState"/>, all as safetensors, so that other tools can open it.
/// </summary>
internal static class Checkpoint
{
    private const string NetworkPrefix = "network.";
    private const string OptimizerPrefix = "optimizer.";
    private const string AveragePrefix = "average.";
    private const string StateName = "state";

    public static byte[] Write(TrainingSession session, TrainingState state)
    {
        using var scope = NewDisposeScope();
        var tensors = new Dictionary<string, Tensor>(StringComparer.Ordinal)
        {
            [StateName] = tensor(JsonSerializer.SerializeToUtf8Bytes(state, JsonSerializerOptions.Web)),
        };
        foreach (var (name, value) in session.Network.State)
        {
            tensors.Add(NetworkPrefix + name, value);
        }

        foreach (var (name, value) in session.Optimizer.State)
        {
            tensors.Add(OptimizerPrefix + name, value);
        }

        foreach (var (name, value) in session.Average?.State ?? new Dictionary<string, Tensor>())
        {
            tensors.Add(AveragePrefix + name, value);
        }

        return SafeTensors.Write(tensors);
    }

    /// <summary>Puts network and optimiser where the file left them.</summary>
    /// <exception cref="OrganSegException">Corrupt or Invalid: the file does not belong to such a session.</exception>
    public static TrainingState Load(TrainingSession session, byte[] file, string fileName)
    {
        using var scope = NewDisposeScope();
        var tensors = SafeTensors.Read(file, fileName);
        if (!tensors.TryGetValue(StateName, out var bytes)
            || JsonSerializer.Deserialize<TrainingState>(bytes.bytes, JsonSerializerOptions.Web) is not { } state)
        {
            throw new OrganSegException(ErrorKind.Corrupt, $"{fileName} is no checkpoint of a run; start the run anew.");
        }

        session.Network.LoadState(Below(NetworkPrefix));
        session.Optimizer.Load(Below(OptimizerPrefix), state.Step);
        session.Average?.Load(Below(AveragePrefix));
        return state;

        Dictionary<string, Tensor> Below(string prefix) => tensors
            .Where(pair => pair.Key.StartsWith(prefix, StringComparison.Ordinal))
            .ToDictionary(pair => pair.Key[prefix.Length..], pair => pair.Value, StringComparer.Ordinal);
    }
}
