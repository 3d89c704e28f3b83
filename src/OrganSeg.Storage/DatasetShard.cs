using System.Formats.Tar;
using OrganSeg.Imaging;

namespace OrganSeg.Storage;

/// <summary>
/// The tar of one case, by the WebDataset convention: <c>{slice}.image.png</c> and <c>{slice}.label.png</c>. Equal slices
/// give equal bytes on every machine: entries are in a fixed order and tell nothing of who wrote them when.
/// </summary>
internal static class DatasetShard
{
    private const int TarBlock = 512;

    /// <summary>Writes slices that are ordered by name.</summary>
    public static async Task<byte[]> WriteAsync(IReadOnlyList<CaseSlice> slices, CancellationToken cancellationToken)
    {
        // Packing images is most of the work, and each is packed by itself; label maps of nothing but background are all the same.
        var packed = new byte[2 * slices.Count][];
        var blank = new Lazy<byte[]>(() => Png.WriteGrey(new ByteImage(slices[0].Labels.Width, slices[0].Labels.Height)));
        Parallel.For(0, slices.Count, new ParallelOptions { CancellationToken = cancellationToken }, i =>
        {
            ByteImage labels = slices[i].Labels;
            bool isBlank = labels.Width == slices[0].Labels.Width && labels.Height == slices[0].Labels.Height && !labels.Pixels.AsSpan().ContainsAnyExcept((byte)0);
            packed[2 * i] = Png.WriteGrey(slices[i].Image);
            packed[(2 * i) + 1] = isBlank ? blank.Value : Png.WriteGrey(labels);
        });

        // Ustar has a block before each file, fills its last one, and ends with two: no growing, and no copy at the end.
        long bytes = packed.Sum(png => TarBlock + ((png.Length + TarBlock - 1L) / TarBlock * TarBlock)) + (2 * TarBlock);
        byte[] whole = new byte[bytes];
        using var content = new MemoryStream(whole);
        await using (var tar = new TarWriter(content, TarEntryFormat.Ustar, leaveOpen: true))
        {
            for (int i = 0; i < slices.Count; i++)
            {
                await AddAsync(tar, ImageEntry(slices[i].Name), packed[2 * i], cancellationToken);
                await AddAsync(tar, LabelEntry(slices[i].Name), packed[(2 * i) + 1], cancellationToken);
            }
        }

        return content.Position == whole.Length
            ? whole
            : throw new InvalidOperationException($"The tar has {content.Position} bytes where {whole.Length} were foreseen.");
    }

    /// <summary>Reads those slices that are asked for, in the order asked for.</summary>
    public static IEnumerable<DatasetSample> Read(
        byte[] shard, string caseName, IReadOnlyList<DatasetSlice> wanted, string blob)
    {
        Dictionary<string, byte[]> entries = Unpack(shard, blob);
        foreach (DatasetSlice slice in wanted)
        {
            yield return new DatasetSample(
                caseName,
                slice.Name,
                Decode(entries, ImageEntry(slice.Name), blob, Png.ReadGrey),
                Decode(entries, LabelEntry(slice.Name), blob, Png.ReadLabels));
        }
    }

    // In the WebDataset convention the key of an entry ends at its first dot, so the name before it must hold none.
    private static string ImageEntry(string slice) => Names.Slug(slice) + ".image.png";

    private static string LabelEntry(string slice) => Names.Slug(slice) + ".label.png";

    private static async Task AddAsync(
        TarWriter tar, string name, byte[] png, CancellationToken cancellationToken)
    {
        var entry = new UstarTarEntry(TarEntryType.RegularFile, name)
        {
            ModificationTime = DateTimeOffset.UnixEpoch,
            Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead,
            DataStream = new MemoryStream(png, writable: false),
        };
        await tar.WriteEntryAsync(entry, cancellationToken);
    }

    private static Dictionary<string, byte[]> Unpack(byte[] shard, string blob)
    {
        var entries = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        try
        {
            using var tar = new TarReader(new MemoryStream(shard, writable: false));
            while (tar.GetNextEntry() is { } entry)
            {
                byte[] content = new byte[entry.Length];
                entry.DataStream?.ReadExactly(content);
                entries[entry.Name] = content;
            }
        }
        catch (Exception e) when (e is InvalidDataException or IOException or FormatException)
        {
            throw new OrganSegException(ErrorKind.Corrupt, $"{blob} is no tar archive; restore it from a copy.", e);
        }

        return entries;
    }

    private static ByteImage Decode(
        Dictionary<string, byte[]> entries, string name, string blob, Decoder decoder)
    {
        if (!entries.TryGetValue(name, out byte[]? png))
        {
            throw new OrganSegException(
                ErrorKind.Corrupt, $"{blob} lacks a slice that its manifest lists; restore it from a copy.");
        }

        try
        {
            return decoder(png, name);
        }
        catch (OrganSegException e) when (e.Kind == ErrorKind.Invalid)
        {
            throw new OrganSegException(
                ErrorKind.Corrupt, $"{blob} holds an image that cannot be read; restore it from a copy.", e);
        }
    }

    private delegate ByteImage Decoder(ReadOnlySpan<byte> png, string fileName);
}
