namespace OrganSeg.Onnx;

/// <summary>Finds what an optimiser of graphs would remove, so that a test can show that an export left none of it.</summary>
public static class OnnxLeftovers
{
    /// <summary>
    /// Nodes that constant folding, the removal of identities and dead nodes, or the folding of batch norms would remove.
    /// </summary>
    /// <param name="graph">The graph; it is not changed.</param>
    /// <returns>A sentence for each; none for a graph that has nothing to remove.</returns>
    public static IReadOnlyList<string> Find(OnnxGraph graph)
    {
        ArgumentNullException.ThrowIfNull(graph);
        var producers = graph.Nodes.ToDictionary(node => node.Output, StringComparer.Ordinal);
        var uses = graph.Nodes.SelectMany(node => node.Inputs)
            .Concat(graph.Outputs.Select(output => output.Name))
            .Where(name => name.Length > 0)
            .CountBy(name => name, StringComparer.Ordinal)
            .ToDictionary(StringComparer.Ordinal);
        List<string> found = [];
        foreach (var node in graph.Nodes)
        {
            if (Reason(graph, node, producers, uses) is { } reason)
            {
                found.Add($"{node.Operation} {node.Name} {reason}.");
            }
        }

        found.AddRange(graph.Initializers.Keys
            .Where(name => !uses.ContainsKey(name))
            .Select(name => $"Constant {name} is used by nothing."));
        return found;
    }

    private static string? Reason(
        OnnxGraph graph, OnnxNode node, Dictionary<string, OnnxNode> producers, Dictionary<string, int> uses)
    {
        if (!uses.ContainsKey(node.Output))
        {
            return "is used by nothing";
        }

        if (node.Operation == "Identity" && IsNeeded(graph, node, producers))
        {
            return null;
        }

        if (node.Operation is "Identity" or "Dropout")
        {
            return "changes nothing";
        }

        if (node.Inputs.All(name => name.Length == 0 || graph.Initializers.ContainsKey(name)))
        {
            return "depends on constants alone";
        }

        var input = graph.Values[node.Inputs[0]];
        var output = graph.Values[node.Output];
        return node.Operation switch
        {
            "Shape" when Selected(node, input.Shape).All(size => size.Size is not null) => "gives sizes that are known",
            "Reshape" or "Flatten" or "Slice" or "Pad"
                when input.Shape.All(size => size.Size is not null) && input.Shape.SequenceEqual(output.Shape)
                => "changes nothing",
            "Transpose" when IsInOrder(node) => "changes nothing",
            "Concat" when node.Inputs.Count == 1 => "changes nothing",
            "BatchNormalization"
                when producers.TryGetValue(node.Inputs[0], out var conv)
                && conv.Operation is "Conv" or "ConvTranspose"
                && uses[producers[node.Inputs[0]].Output] == 1
                && BatchNormFolding.CanFold(graph, producers[node.Inputs[0]], node, uses)
                => $"can be folded into {node.Inputs[0]}",
            _ => null,
        };
    }

    /// <summary>An input, a constant or another output cannot be an output without one.</summary>
    private static bool IsNeeded(OnnxGraph graph, OnnxNode node, Dictionary<string, OnnxNode> producers) =>
        graph.Outputs.Any(output => output.Name == node.Output)
        && (!producers.ContainsKey(node.Inputs[0]) || graph.Outputs.Any(output => output.Name == node.Inputs[0]));

    private static IEnumerable<OnnxDimension> Selected(OnnxNode node, IReadOnlyList<OnnxDimension> shape)
    {
        var start = (int)(node.Attributes.FirstOrDefault(a => a.Name == "start")?.Proto.I ?? 0);
        var end = (int)(node.Attributes.FirstOrDefault(a => a.Name == "end")?.Proto.I ?? shape.Count);
        return shape.Take(end).Skip(start);
    }

    private static bool IsInOrder(OnnxNode node) =>
        node.Attributes.FirstOrDefault(a => a.Name == "perm")?.Proto.Ints is { } order
        && order.Select((axis, place) => axis == place).All(same => same);
}
