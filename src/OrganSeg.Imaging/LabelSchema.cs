using System.Text.Json.Serialization;

namespace OrganSeg.Imaging;

/// <summary>The classes of a label map, in the order of the network's output channels; class 0 is background.</summary>
public sealed record LabelSchema
{
    /// <summary>Creates a schema.</summary>
    /// <param name="classes">At least background and one organ, with ids 0, 1, 2, … and distinct names.</param>
    /// <exception cref="OrganSegException">
    /// <see cref="ErrorKind.Invalid"/>: fewer than two classes, ids with gaps, or a name that is empty or used twice.
    /// </exception>
    public LabelSchema(IReadOnlyList<LabelClass> classes)
    {
        ArgumentNullException.ThrowIfNull(classes);
        if (classes.Count < 2)
        {
            throw OrganSegException.Invalid("classes", "needs background and at least one organ.");
        }

        var names = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < classes.Count; i++)
        {
            if (classes[i].Id != i)
            {
                throw OrganSegException.Invalid(
                    $"classes[{i}]", $"has id {classes[i].Id}; ids must be 0, 1, 2, … in order, with background 0.");
            }

            if (string.IsNullOrWhiteSpace(classes[i].Name) || !names.Add(classes[i].Name))
            {
                throw OrganSegException.Invalid($"classes[{i}]", "needs a name that no other class has.");
            }
        }

        Classes = [.. classes];
    }

    /// <summary>The paper's five classes: background, liver, kidney (both), spleen, pancreas.</summary>
    public static LabelSchema Abdomen { get; } = new(
    [
        new LabelClass(0, "background"),
        new LabelClass(1, "liver"),
        new LabelClass(2, "kidney"),
        new LabelClass(3, "spleen"),
        new LabelClass(4, "pancreas"),
    ]);

    /// <summary>All classes; the index is the id.</summary>
    public IReadOnlyList<LabelClass> Classes { get; }

    /// <summary>Number of classes, background included: the channels of the network's output.</summary>
    [JsonIgnore]
    public int Count => Classes.Count;

    /// <summary>The classes without background.</summary>
    [JsonIgnore]
    public IEnumerable<LabelClass> Organs => Classes.Skip(1);

    /// <summary>Looks for a pixel that is no class of this schema.</summary>
    /// <param name="labels">A label map.</param>
    /// <param name="id">The first such value in row-major order, 0 when there is none.</param>
    /// <returns>Whether there is one.</returns>
    public bool TryFindUnknown(ByteImage labels, out byte id)
    {
        ArgumentNullException.ThrowIfNull(labels);
        id = 0;
        if (Count > byte.MaxValue)
        {
            return false;
        }

        var at = labels.Pixels.AsSpan().IndexOfAnyInRange((byte)Count, byte.MaxValue);
        if (at < 0)
        {
            return false;
        }

        id = labels.Pixels[at];
        return true;
    }

    /// <summary>Whether both have the same ids and names.</summary>
    public bool Equals(LabelSchema? other) => other is not null && Classes.SequenceEqual(other.Classes);

    /// <inheritdoc/>
    public override int GetHashCode() =>
        Classes.Aggregate(0, (hash, labelClass) => HashCode.Combine(hash, labelClass));
}
