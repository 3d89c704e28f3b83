using OrganSeg.Trainer.Weights;

namespace OrganSeg.Trainer.Networks;

/// <summary>Compares the parameters and buffers that are given to a network with those it has.</summary>
internal static class StateCheck
{
    // Enough to see what is wrong; an error with every name of a network is too long for a gRPC status.
    private const int MostTold = 20;

    /// <param name="options">The network, for messages.</param>
    /// <param name="own">What the network has.</param>
    /// <param name="given">What it is given.</param>
    /// <exception cref="OrganSegException">
    /// Invalid, with a violation for each of the first names that are missing, unknown or of another shape or type.
    /// </exception>
    public static void ThrowIfWrong(
        NetworkOptions options, IReadOnlyDictionary<string, StateForm> own, IReadOnlyDictionary<string, StateForm> given)
    {
        var violations = new List<FieldViolation>();
        foreach (var (name, needed) in own)
        {
            if (!given.TryGetValue(name, out var form))
            {
                // Batch counters came late to PyTorch; older checkpoints lack them and nothing depends on them.
                if (needed.IsFloating)
                {
                    violations.Add(new(name, $"is missing; {options.Architecture} needs it as {needed}"));
                }
            }
            else if (!form.Shape.SequenceEqual(needed.Shape) || form.IsFloating != needed.IsFloating)
            {
                violations.Add(new(name,
                    $"is {form}; {options.Architecture} of width {options.Width} with {options.Classes} classes needs {needed}"));
            }
        }

        foreach (var name in given.Keys.Where(name => !own.ContainsKey(name)))
        {
            violations.Add(new(SafeTensors.Shown(name), $"is not a parameter of {options.Architecture}"));
        }

        if (violations.Count > MostTold)
        {
            var more = violations.Count - MostTold;
            violations.RemoveRange(MostTold, more);
            violations.Add(new("weights", $"are wrong in {more} more names; is this a file of {options.Architecture}?"));
        }

        if (violations.Count > 0)
        {
            throw new OrganSegException(violations);
        }
    }
}
