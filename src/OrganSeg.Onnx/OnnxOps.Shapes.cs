namespace OrganSeg.Onnx;

public sealed partial class OnnxOps
{
    /// <inheritdoc/>
    public OnnxValue Concat(params ReadOnlySpan<OnnxValue> parts) => ConcatAlong(1, parts);

    /// <inheritdoc/>
    public OnnxValue ConcatAlong(int axis, params ReadOnlySpan<OnnxValue> parts)
    {
        if (parts.IsEmpty)
        {
            throw OrganSegException.Invalid("Concat", "joins nothing; give it at least one value");
        }

        axis = Axis(parts[0], axis, "Concat");
        if (parts.Length == 1)
        {
            return parts[0];
        }

        OnnxDimension[] shape = [.. parts[0].Shape];
        OnnxDimension joined = 0;
        foreach (var part in parts)
        {
            RequireFit(parts[0], part, axis);
            joined = joined.Size + part.Shape[axis].Size is { } sum ? sum : OnnxDimension.Unknown;
            for (var i = 0; i < shape.Length; i++)
            {
                shape[i] = shape[i] == OnnxDimension.Unknown || part.Shape[i].Size is not null ? part.Shape[i] : shape[i];
            }
        }

        shape[axis] = joined;
        return Node("Concat", parts.ToArray(), shape, [OnnxAttribute.Of("axis", axis)]);
    }

    private static void RequireFit(OnnxValue first, OnnxValue part, int axis)
    {
        var fits = part.Shape.Count == first.Shape.Count
            && part.Shape.Zip(first.Shape).Index()
                .All(pair => pair.Index == axis || (pair.Item.First.Size ?? pair.Item.Second.Size) == (pair.Item.Second.Size ?? pair.Item.First.Size));
        if (!fits)
        {
            throw OrganSegException.Invalid(
                "Concat", $"{Describe(first)} and {Describe(part)} cannot be joined along dimension {axis}: all other sizes must be equal");
        }
    }

    /// <inheritdoc/>
    public OnnxValue Slice(OnnxValue x, int axis, long start, long end, long step = 1)
    {
        axis = Axis(x, axis, "Slice");
        if (step < 1)
        {
            throw OrganSegException.Invalid("Slice", $"step {step} does not go forwards; choose 1 or more");
        }

        OnnxDimension[] shape = [.. x.Shape];
        shape[axis] = OnnxDimension.Unknown;
        if (x.Shape[axis].Size is { } size)
        {
            long Place(long place) => Math.Clamp(place < 0 ? place + size : place, 0, size);
            shape[axis] = Math.Max(0, (Place(end) - Place(start) + step - 1) / step);
        }

        if (x.Shape[axis].Size is not null && shape[axis] == x.Shape[axis])
        {
            return x;
        }

        return Node("Slice", [x, Integers(start), Integers(end), Integers(axis), Integers(step)], shape);
    }

    /// <inheritdoc/>
    public OnnxValue Permute(OnnxValue x, params ReadOnlySpan<int> axes)
    {
        var places = new int[axes.Length];
        for (var i = 0; i < places.Length; i++)
        {
            places[i] = Axis(x, axes[i], "Permute");
        }

        if (places.Length != x.Shape.Count || places.Distinct().Count() != places.Length)
        {
            throw OrganSegException.Invalid(
                "Permute", $"[{string.Join(", ", places)}] does not name each dimension of {Describe(x)} once");
        }

        if (places.Select((axis, place) => axis == place).All(same => same))
        {
            return x;
        }

        return Node(
            "Transpose",
            [x],
            [.. places.Select(axis => x.Shape[axis])],
            [OnnxAttribute.OfList("perm", [.. places.Select(axis => (long)axis)])]);
    }

    /// <inheritdoc/>
    public OnnxValue Reshape(OnnxValue x, params ReadOnlySpan<long> shape)
    {
        long[] wanted = [.. shape];
        if (wanted.Any(size => size is < 1 and not -1) || wanted.Count(size => size == -1) > 1)
        {
            throw OrganSegException.Invalid(
                "Reshape", $"[{string.Join(", ", wanted)}] is no shape; sizes are positive and at most one is -1");
        }

        var known = wanted.Where(size => size > 0).Aggregate(1L, (a, b) => a * b);
        var product = x.Shape.Aggregate(1L, (a, b) => a * (b.Size ?? 1));
        var free = x.Shape.Where(size => size.Size is null).ToArray();
        if (free.Length == 0 && (product % known != 0 || (product != known && !wanted.Contains(-1))))
        {
            throw OrganSegException.Invalid(
                "Reshape", $"{Describe(x)} does not fit [{string.Join(", ", wanted)}]");
        }

        var rest = free.Length == 0 ? product / known
            : free.Length == 1 && product == known ? free[0]
            : OnnxDimension.Unknown;
        OnnxDimension[] result = [.. wanted.Select(size => size > 0 ? size : rest)];
        if (free.Length == 0 && x.Shape.SequenceEqual(result))
        {
            return x;
        }

        return Node("Reshape", [x, Integers(wanted)], result);
    }

    /// <inheritdoc/>
    public OnnxValue Flatten(OnnxValue x, int start = 1, int end = -1)
    {
        start = Axis(x, start, "Flatten");
        end = Axis(x, end, "Flatten");
        if (start >= end)
        {
            return start == end ? x : throw OrganSegException.Invalid("Flatten", $"dimension {start} comes after {end}");
        }

        var merged = x.Shape.Skip(start).Take(end + 1 - start).ToArray();
        var joined = merged.Aggregate((OnnxDimension)1, (a, b) =>
            a.Size == 1 ? b : b.Size == 1 ? a : a.Size * b.Size is { } size ? size : OnnxDimension.Unknown);
        OnnxDimension[] shape = [.. x.Shape.Take(start), joined, .. x.Shape.Skip(end + 1)];
        if (start == 1 && end == x.Shape.Count - 1)
        {
            return Node("Flatten", [x], shape, [OnnxAttribute.Of("axis", 1)]);
        }

        List<OnnxValue> sizes = [Integers(-1)];
        if (start > 0)
        {
            sizes.Insert(0, ShapeOf(x, 0, start));
        }

        if (end + 1 < x.Shape.Count)
        {
            sizes.Add(ShapeOf(x, end + 1));
        }

        return Node("Reshape", [x, JoinSizes([.. sizes])], shape);
    }

    /// <summary>The sizes of some dimensions: a constant where all are known.</summary>
    private OnnxValue ShapeOf(OnnxValue x, int start = 0, int? end = null)
    {
        var shape = x.Shape.Take(end ?? x.Shape.Count).Skip(start).ToArray();
        if (shape.All(size => size.Size is not null))
        {
            return Integers([.. shape.Select(size => size.Size ?? 0)]);
        }

        if (_sizes.TryGetValue((x.Name, start, end), out var known))
        {
            return known;
        }

        List<OnnxAttribute> attributes = [];
        if (start > 0)
        {
            attributes.Add(OnnxAttribute.Of("start", start));
        }

        if (end is { } last && last < x.Shape.Count)
        {
            attributes.Add(OnnxAttribute.Of("end", last));
        }

        return _sizes[(x.Name, start, end)] =
            Graph.AddNode("Shape", [x], OnnxElementType.Int64, [shape.Length], attributes);
    }

    /// <summary>Lists of sizes, one after the other.</summary>
    private OnnxValue JoinSizes(params OnnxValue[] parts)
    {
        var constants = parts.Select(Constant).OfType<OnnxTensor>().ToArray();
        if (constants.Length == parts.Length)
        {
            return Integers([.. constants.SelectMany(constant => constant.ToInt64s())]);
        }

        var count = parts.Sum(part => part.Shape[0].Size ?? 0);
        return parts.Length == 1
            ? parts[0]
            : Graph.AddNode("Concat", parts, OnnxElementType.Int64, [count], [OnnxAttribute.Of("axis", 0)]);
    }
}
