using System.Globalization;
using System.Security.Cryptography;

namespace OrganSeg.Onnx;

/// <summary>
/// An ONNX graph under construction. Values are made in order, so nodes are always in an order in which they can run.
/// </summary>
public sealed class OnnxGraph
{
    /// <summary>The oldest operator set that can be written.</summary>
    public const int MinOpset = 17;

    /// <summary>The newest operator set that can be written.</summary>
    public const int MaxOpset = 21;

    private readonly List<OnnxNode> _nodes = [];
    private readonly List<OnnxValue> _inputs = [];
    private readonly List<OnnxValue> _outputs = [];
    private readonly OrderedDictionary<string, OnnxTensor> _initializers = new(StringComparer.Ordinal);
    private readonly OrderedDictionary<string, string> _metadata = new(StringComparer.Ordinal);
    private readonly Dictionary<string, OnnxValue> _values = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _constants = new(StringComparer.Ordinal);

    // What a value that became an output was called before, so that whoever holds it can still use it.
    private readonly Dictionary<string, string> _renamed = new(StringComparer.Ordinal);
    private readonly HashSet<string> _nodeNames = new(StringComparer.Ordinal);

    /// <summary>Starts an empty graph.</summary>
    /// <param name="name">Name of the graph.</param>
    /// <param name="opset">Version of ONNX's operators, 17 to 21.</param>
    /// <exception cref="ArgumentOutOfRangeException">The operator set cannot be written.</exception>
    public OnnxGraph(string name, int opset = MinOpset)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentOutOfRangeException.ThrowIfLessThan(opset, MinOpset);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(opset, MaxOpset);
        Name = name;
        Opset = opset;
    }

    /// <summary>Name of the graph.</summary>
    public string Name { get; }

    /// <summary>Version of ONNX's operators.</summary>
    public int Opset { get; }

    /// <summary>What the caller feeds.</summary>
    public IReadOnlyList<OnnxValue> Inputs => _inputs;

    /// <summary>What the caller gets.</summary>
    public IReadOnlyList<OnnxValue> Outputs => _outputs;

    /// <summary>The operations, in an order in which they can run.</summary>
    public IReadOnlyList<OnnxNode> Nodes => _nodes;

    /// <summary>Constants by name.</summary>
    public IReadOnlyDictionary<string, OnnxTensor> Initializers => _initializers;

    /// <summary>Free text stored with the model.</summary>
    public IReadOnlyDictionary<string, string> Metadata => _metadata;

    internal IReadOnlyDictionary<string, OnnxValue> Values => _values;

    /// <summary>Declares an input.</summary>
    /// <exception cref="ArgumentException">The name is taken.</exception>
    public OnnxValue AddInput(string name, OnnxElementType type, params ReadOnlySpan<OnnxDimension> shape)
    {
        var value = Register(new OnnxValue(name, type, shape.ToArray()));
        _inputs.Add(value);
        return value;
    }

    /// <summary>Adds a constant under a name of its own, such as a weight.</summary>
    /// <exception cref="ArgumentException">The name is taken.</exception>
    public OnnxValue AddInitializer(string name, OnnxTensor tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        var shape = tensor.Shape.Select(OnnxDimension.FromInt64).ToArray();
        var value = Register(new OnnxValue(name, tensor.Type, shape));
        _initializers.Add(name, tensor);
        return value;
    }

    /// <summary>A constant whose name does not matter; equal constants are stored once.</summary>
    public OnnxValue Constant(OnnxTensor tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        var key = $"{tensor.Type}[{string.Join(',', tensor.Shape)}]{Convert.ToHexString(SHA256.HashData(tensor.Data.Span))}";
        if (!_constants.TryGetValue(key, out var name) || !_initializers.ContainsKey(name))
        {
            name = Unique("constant", _values.ContainsKey);
            _constants[key] = name;
            return AddInitializer(name, tensor);
        }

        return _values[name];
    }

    /// <summary>Adds an operation with one result.</summary>
    /// <param name="operation">The ONNX operator.</param>
    /// <param name="inputs">Its inputs; null for an optional one that is left out.</param>
    /// <param name="type">Type of the result's elements.</param>
    /// <param name="shape">The result's dimensions.</param>
    /// <param name="attributes">Its constants.</param>
    /// <param name="name">Name for the node and its result; a number is added where it is taken.</param>
    /// <exception cref="ArgumentException">An input belongs to another graph or exists no more.</exception>
    public OnnxValue AddNode(
        string operation,
        IReadOnlyList<OnnxValue?> inputs,
        OnnxElementType type,
        IReadOnlyList<OnnxDimension> shape,
        IReadOnlyList<OnnxAttribute>? attributes = null,
        string? name = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(operation);
        ArgumentNullException.ThrowIfNull(inputs);
        inputs = [.. inputs.Select(input => input is null ? null : Current(input))];
        foreach (var input in inputs)
        {
            if (input is not null && !_values.ContainsKey(input.Name))
            {
                throw new ArgumentException($"{operation} takes {input.Name}, which this graph does not have.", nameof(inputs));
            }
        }

        name = Unique(name ?? operation, candidate => _nodeNames.Contains(candidate) || _values.ContainsKey(candidate));
        _nodeNames.Add(name);
        var output = Register(new OnnxValue(name, type, shape));
        _nodes.Add(new OnnxNode(name, operation, [.. inputs.Select(i => i?.Name ?? "")], name, [.. attributes ?? []]));
        return output;
    }

    /// <summary>
    /// Declares a value as an output under a name of its own. What no node gives, or what is an output already, goes through
    /// an Identity.
    /// </summary>
    /// <param name="value">An input, a constant, or the result of a node.</param>
    /// <param name="name">Its name outside.</param>
    /// <param name="shape">The dimensions to declare; those of <paramref name="value"/> when empty.</param>
    /// <exception cref="ArgumentException">The name is taken, or the graph does not have the value.</exception>
    public OnnxValue AddOutput(OnnxValue value, string name, params ReadOnlySpan<OnnxDimension> shape)
    {
        ArgumentNullException.ThrowIfNull(value);
        value = Current(value);
        if (_values.ContainsKey(name))
        {
            throw new ArgumentException($"The graph has a value {name} already.", nameof(name));
        }

        var node = _nodes.Find(n => n.Output == value.Name);
        if (node is null || _outputs.Exists(o => o.Name == value.Name))
        {
            value = AddNode("Identity", [value], value.Type, value.Shape);
            node = _nodes[^1];
        }

        var output = Register(new OnnxValue(name, value.Type, shape.IsEmpty ? value.Shape : shape.ToArray()));
        _values.Remove(value.Name);
        _renamed[value.Name] = name;
        node.Output = name;
        foreach (var inputs in _nodes.Select(n => n.InputNames))
        {
            for (var i = 0; i < inputs.Count; i++)
            {
                inputs[i] = inputs[i] == value.Name ? name : inputs[i];
            }
        }

        _outputs.Add(output);
        return output;
    }

    /// <summary>Stores a text with the model, replacing an earlier one of the same key.</summary>
    public void SetMetadata(string key, string value) => _metadata[key] = value;

    /// <summary>Drops the nodes and constants that no output depends on.</summary>
    public void Prune()
    {
        var needed = _outputs.Select(o => o.Name).ToHashSet(StringComparer.Ordinal);
        for (var i = _nodes.Count - 1; i >= 0; i--)
        {
            var node = _nodes[i];
            if (needed.Contains(node.Output))
            {
                needed.UnionWith(node.Inputs);
            }
            else
            {
                _nodes.RemoveAt(i);
                _values.Remove(node.Output);
            }
        }

        RemoveUnusedInitializers();
    }

    /// <summary>Adds an operation whose result has a name of its own.</summary>
    /// <exception cref="ArgumentException">A name is taken, or an input does not exist yet.</exception>
    internal OnnxValue Append(
        string name, string operation, List<string> inputs, OnnxValue output, IReadOnlyList<OnnxAttribute> attributes)
    {
        if (inputs.Find(input => input.Length > 0 && !_values.ContainsKey(input)) is { } missing)
        {
            throw new ArgumentException($"{operation} takes {missing}, which no input, constant or node before it gives.");
        }

        name = Unique(name is { Length: > 0 } ? name : operation, _nodeNames.Contains);
        _nodeNames.Add(name);
        Register(output);
        _nodes.Add(new OnnxNode(name, operation, inputs, output.Name, [.. attributes]));
        return output;
    }

    /// <summary>Makes a value that a node gives an output, under the name it has.</summary>
    /// <exception cref="ArgumentException">No node gives it.</exception>
    internal void MarkOutput(string name)
    {
        if (!_nodes.Exists(n => n.Output == name))
        {
            throw new ArgumentException($"Output {name} is not the result of a node.", nameof(name));
        }

        _outputs.Add(_values[name]);
    }

    /// <summary>A name of a value that starts with the given one and is not taken.</summary>
    internal string FreeName(string name) =>
        Unique(name, candidate => _nodeNames.Contains(candidate) || _values.ContainsKey(candidate));

    /// <summary>Removes a node whose result is made by another one now.</summary>
    internal void Remove(OnnxNode node) => _nodes.Remove(node);

    internal void ReplaceInitializer(string name, OnnxTensor tensor) => _initializers[name] = tensor;

    internal void RemoveValue(string name) => _values.Remove(name);

    /// <summary>Drops constants that nothing uses.</summary>
    internal void RemoveUnusedInitializers()
    {
        var used = _nodes.SelectMany(n => n.Inputs).ToHashSet(StringComparer.Ordinal);
        foreach (var name in _initializers.Keys.Where(name => !used.Contains(name)).ToList())
        {
            _initializers.Remove(name);
            _values.Remove(name);
        }
    }

    private static string Unique(string name, Predicate<string> taken)
    {
        var unique = name;
        for (var i = 1; taken(unique); i++)
        {
            unique = string.Create(CultureInfo.InvariantCulture, $"{name}_{i}");
        }

        return unique;
    }

    private OnnxValue Current(OnnxValue value) =>
        _renamed.TryGetValue(value.Name, out var name) && !_values.ContainsKey(value.Name) ? _values[name] : value;

    private OnnxValue Register(OnnxValue value)
    {
        ArgumentException.ThrowIfNullOrEmpty(value.Name);
        return _values.TryAdd(value.Name, value)
            ? value
            : throw new ArgumentException($"The graph has a value {value.Name} already.", nameof(value));
    }
}
