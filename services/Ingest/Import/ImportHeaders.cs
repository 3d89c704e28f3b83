using Google.Protobuf.Collections;
using OrganSeg.Imaging;
using OrganSeg.Ingest.Sources;
using OrganSeg.Ingest.Splits;
using OrganSeg.Ingest.Uploads;
using OrganSeg.Storage;
using OrganSeg.V1;

namespace OrganSeg.Ingest.Import;

/// <summary>Checks the header of an import and makes a plan of it.</summary>
internal static class ImportHeaders
{
    private const int MinSize = 32;
    private const int MaxSize = 1024;
    private const int SizeStep = 16;
    private const int MaxNotice = 500;
    private const double DefaultLowHu = -125;
    private const double DefaultHighHu = 275;
    private const int MaxFolds = 50;
    private const double MaxZeroHu = 65_536;

    /// <exception cref="OrganSegException"><see cref="ErrorKind.Invalid"/> with all that is wrong.</exception>
    public static ImportPlan ToPlan(ImportHeader header)
    {
        var problems = new Problems();
        var recipe = Recipe(header.Size, problems);
        var schema = Schema(header.LabelSchema, problems);
        var split = Split(header, problems);
        var map = Map(header.LabelMap, schema, problems);
        var notice = Notice(header.Notice, problems);
        var (low, high) = Window(header, problems);
        var queries = Queries(header.DicomWeb, problems);
        if (header.HasPngZeroHu && !(Math.Abs(header.PngZeroHu) <= MaxZeroHu))
        {
            problems.Add("pngZeroHu", FormattableString.Invariant($"is {header.PngZeroHu}; give HU from {-MaxZeroHu} to {MaxZeroHu}, such as -1024 or -32768."));
        }

        try
        {
            Names.Check(header.Dataset, "dataset");
        }
        catch (OrganSegException error)
        {
            problems.Add(error);
        }

        problems.ThrowIfAny();
        return new ImportPlan
        {
            Dataset = header.Dataset,
            LabelSchema = schema,
            Preprocessing = recipe,
            WindowLowHu = low,
            WindowHighHu = high,
            PngZeroHu = header.HasPngZeroHu ? header.PngZeroHu : null,
            AllowBurnedIn = header.AllowBurnedIn,
            Pseudonymous = header.Pseudonyms,
            LabelMapping = new LabelMapping(schema, map),
            Split = split,
            Notice = notice,
            DicomWeb = queries,
        };
    }

    private static DicomWeb.DicomWebQuery[] Queries(RepeatedField<V1.DicomWebQuery> asked, Problems problems)
    {
        DicomWeb.DicomWebQuery[] queries = [.. asked.Select(one => new DicomWeb.DicomWebQuery(one.Server, Given(one.Study), Given(one.Series), Given(one.Patient)))];
        foreach (var violation in queries.SelectMany(query => query.Violations()))
        {
            problems.Add(violation.Field, violation.Description);
        }

        return queries;

        static string? Given(string text) => text.Length > 0 ? text : null;
    }

    private static string? Notice(string text, Problems problems)
    {
        var notice = text.Trim();
        if (notice.Length > MaxNotice || notice.Any(char.IsControl))
        {
            problems.Add("notice", $"has {notice.Length} characters or control characters; use one line of at most {MaxNotice}.");
        }

        return notice.Length > 0 ? notice : null;
    }

    private static (double Low, double High) Window(ImportHeader header, Problems problems)
    {
        if (!header.HasWindowLowHu && !header.HasWindowHighHu)
        {
            return (DefaultLowHu, DefaultHighHu);
        }

        if (header.HasWindowLowHu != header.HasWindowHighHu)
        {
            problems.Add("windowLowHu", "and windowHighHu belong together; give both ends of the window or none.");
        }
        else if (!double.IsFinite(header.WindowLowHu) || !double.IsFinite(header.WindowHighHu) || header.WindowLowHu >= header.WindowHighHu)
        {
            problems.Add("windowLowHu", FormattableString.Invariant(
                $"and windowHighHu are {header.WindowLowHu} and {header.WindowHighHu}; give finite HU that rise, such as -125 and 275."));
        }

        return (header.WindowLowHu, header.WindowHighHu);
    }

    private static PreprocessingRecipe Recipe(uint size, Problems problems)
    {
        var recipe = new PreprocessingRecipe();
        if (size == 0)
        {
            return recipe;
        }

        if (size is < MinSize or > MaxSize || size % SizeStep != 0)
        {
            problems.Add("size", $"is {size}; use a multiple of {SizeStep} from {MinSize} to {MaxSize}, or 0 for {recipe.Size}.");
            return recipe;
        }

        return recipe with { Size = (int)size };
    }

    private static LabelSchema Schema(RepeatedField<V1.LabelClass> classes, Problems problems)
    {
        if (classes.Count == 0)
        {
            return LabelSchema.Abdomen;
        }

        if (classes.Any(labelClass => labelClass.Id > byte.MaxValue))
        {
            problems.Add("labelSchema", "has an id above 255; label maps have 8 bits.");
            return LabelSchema.Abdomen;
        }

        try
        {
            return new LabelSchema([.. classes
                .OrderBy(labelClass => labelClass.Id)
                .Select(labelClass => new Imaging.LabelClass((byte)labelClass.Id, labelClass.Name))]);
        }
        catch (OrganSegException error)
        {
            foreach (var violation in error.Violations)
            {
                problems.Add("labelSchema", $"{violation.Field} {violation.Description}");
            }

            return LabelSchema.Abdomen;
        }
    }

    private static Dictionary<byte, byte> Map(MapField<uint, uint> map, LabelSchema schema, Problems problems)
    {
        var checkedMap = new Dictionary<byte, byte>(map.Count);
        foreach (var (source, target) in map)
        {
            if (source > byte.MaxValue)
            {
                problems.Add("labelMap", $"names the source id {source}; label maps have 8 bits, so 0 to 255.");
            }
            else if (target >= schema.Count)
            {
                var classes = string.Join(", ", schema.Classes.Select(c => $"{c.Id} {c.Name}"));
                problems.Add("labelMap", $"maps {source} to {target}, which is no class; the classes are {classes}.");
            }
            else
            {
                checkedMap.Add((byte)source, (byte)target);
            }
        }

        return checkedMap;
    }

    private static SplitPlan Split(ImportHeader header, Problems problems)
    {
        var policy = header.Split switch
        {
            // The honest one is what who says nothing gets.
            SplitPolicy.Unspecified or SplitPolicy.Patient => SplitNames.ByPatient,
            SplitPolicy.Slice => SplitNames.BySlice,
            SplitPolicy.Table => SplitNames.ByTable,
            _ => null,
        };
        if (policy is null)
        {
            problems.Add("split", $"is {(int)header.Split}, which is no policy.");
        }
        else if (policy == SplitNames.ByTable && header.SplitTable.Count == 0)
        {
            problems.Add("splitTable", "is empty; send the table, or split by patient.");
        }
        else if (policy != SplitNames.ByTable && header.SplitTable.Count > 0)
        {
            problems.Add("splitTable", $"is given, while the policy is '{policy}'; set the policy to table or leave it out.");
        }

        var files = new Dictionary<string, string>(StringComparer.Ordinal);
        var cases = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var i = 0; i < header.SplitTable.Count; i++)
        {
            var entry = header.SplitTable[i];
            var (table, key) = entry.File.Length == 0 ? (cases, entry.CaseId)
                : SourceName.KindOf(entry.File) is null or SourceKind.Slice ? (files, FileName.StemOf(entry.File))
                // The file of a volume is a case of its own.
                : (cases, SourceName.StemOf(entry.File));
            var shown = FileName.Shown(key);
            if (key.Length == 0)
            {
                problems.Add($"splitTable[{i}]", "names neither a file nor a case.");
            }
            else if (!SplitNames.Splits.Contains(entry.Split))
            {
                problems.Add(
                    $"splitTable[{i}]",
                    $"puts {shown} into '{FileName.Shown(entry.Split)}'; use {string.Join(", ", SplitNames.Splits)}.");
            }
            else if (!table.TryAdd(key, entry.Split) && table[key] != entry.Split)
            {
                problems.Add($"splitTable[{i}]", $"puts {shown} into {entry.Split}, after {table[key]} further up.");
            }
        }

        return new SplitPlan(policy ?? SplitNames.ByPatient, header.Seed, files, cases)
        {
            Folds = Folds(header.Folds, policy, problems),
            AllowLeakage = header.AllowLeakage,
        };
    }

    private static int Folds(uint folds, string? policy, Problems problems)
    {
        if (folds is 1 or > MaxFolds)
        {
            problems.Add("folds", $"are {folds}; use 2 to {MaxFolds}, or 0 for none.");
        }
        else if (folds > 0 && policy == SplitNames.BySlice)
        {
            problems.Add("folds", "are of whole patients, while the split is by slice; split by patient or by a table.");
        }

        return (int)Math.Min(folds, MaxFolds);
    }
}
