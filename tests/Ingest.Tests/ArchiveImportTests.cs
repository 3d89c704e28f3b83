using System.Buffers.Binary;
using System.Formats.Tar;
using System.IO.Compression;
using System.Text;
using OrganSeg.Imaging;
using OrganSeg.Testing;
using OrganSeg.V1;

namespace OrganSeg.Ingest.Tests;

/// <summary>Zip and tar archives: those that are honest give what their files give, the others are refused by name.</summary>
public sealed class ArchiveImportTests
{
    private static readonly (string Name, byte[] Content)[] Folder =
    [
        ("set/images/a_slice1.png", Png.WriteGrey(Upload.Plain(40))),
        ("set/labels/a_slice1.png", Png.WriteGrey(Upload.LeftHalf(1))),
        ("set/images/b_slice1.png", Png.WriteGrey(Upload.Plain(41))),
        ("set/labels/b_slice1.png", Png.WriteGrey(Upload.LeftHalf(2))),
        ("set/negatives/b_slice2.png", Png.WriteGrey(Upload.Plain(9))),
        ("set/images/scan.nii.gz", NiftiFile.Compress(Volumes.Plain(0))),
        ("set/labels/scan.nii.gz", NiftiFile.Compress(Volumes.Labels())),
        ("set/README.md", "Left alone."u8.ToArray()),
        ("__MACOSX/set/images/._a_slice1.png", [1]),
    ];

    [Theory]
    [InlineData("set.zip")]
    [InlineData("set.tar")]
    [InlineData("set.tar.gz")]
    [InlineData("set.tgz")]
    public async Task Import_Archive_IsTheDatasetOfItsFiles(string name)
    {
        var token = TestContext.Current.CancellationToken;
        await using var host = await IngestHost.StartAsync(token);
        var single = Upload.To("set");
        foreach (var (path, content) in Folder.Take(7))
        {
            var role = path.Split('/')[1] switch { "images" => FileRole.Image, "labels" => FileRole.Label, _ => FileRole.Negative };
            single.File(role, path.Split('/')[^1], content);
        }

        var expected = await single.SendAsync(host, token);
        var packed = await Upload.To("packed").File(FileRole.Image, name, Pack(name, Folder)).SendAsync(host, token);

        Assert.Equal(expected.Digest, packed.Digest);
        Assert.Empty(host.SpoolFiles);
    }

    [Fact]
    public async Task Import_ArchiveOfLabels_IsOfTheFilesThatWereSentByThemselves()
    {
        var token = TestContext.Current.CancellationToken;
        await using var host = await IngestHost.StartAsync(token);
        var labels = DicomImage.Zip(("scan.nii", Volumes.Labels()), ("a_slice1.png", Png.WriteGrey(Upload.LeftHalf(1))));

        await Upload.To("d")
            .File(FileRole.Image, "scan.nii", Volumes.Plain(0))
            .Image("a_slice1.png", Upload.Plain(40))
            .File(FileRole.Label, "masks.zip", labels)
            .SendAsync(host, token);

        Assert.Equal(["a", "scan"], (await host.Catalogue.GetAsync("d", token)).Cases.Select(one => one.Case));
    }

    [Theory]
    [InlineData("../a.png")]
    [InlineData("images/../../a.png")]
    [InlineData("/etc/a.png")]
    [InlineData("C:/a.png")]
    [InlineData("..\\a.png")]
    public async Task Import_PathOutOfTheArchive_IsRefused(string path)
    {
        await RefusesAsync("d.zip", Pack("d.zip", [(path, [1])]), "d.zip/", "leads out of the archive");
        await RefusesAsync("d.tar", Pack("d.tar", [(path, [1])]), "d.tar/", "leads out of the archive");
    }

    [Theory]
    [InlineData(TarEntryType.SymbolicLink)]
    [InlineData(TarEntryType.HardLink)]
    [InlineData(TarEntryType.Fifo)]
    [InlineData(TarEntryType.CharacterDevice)]
    [InlineData(TarEntryType.BlockDevice)]
    public async Task Import_TarWithWhatIsNoFile_IsRefused(TarEntryType type)
    {
        using var tar = new MemoryStream();
        using (var writer = new TarWriter(tar, TarEntryFormat.Pax, leaveOpen: true))
        {
            var entry = new PaxTarEntry(type, "images/a.png");
            if (type is TarEntryType.SymbolicLink or TarEntryType.HardLink)
            {
                entry.LinkName = "/etc/passwd";
            }

            writer.WriteEntry(entry);
        }

        await RefusesAsync("d.tar", tar.ToArray(), "d.tar/a.png", "link or a device");
    }

    [Fact]
    public async Task Import_ZipWithASymbolicLink_IsRefused()
    {
        using var zip = new MemoryStream();
        using (var archive = new ZipArchive(zip, ZipArchiveMode.Create, leaveOpen: true))
        {
            var entry = archive.CreateEntry("images/a.png");
            entry.ExternalAttributes = 0xA1FF << 16;
            using var content = entry.Open();
            content.Write("/etc/passwd"u8);
        }

        await RefusesAsync("d.zip", zip.ToArray(), "d.zip/a.png", "link or a device");
    }

    [Fact]
    public async Task Import_ArchiveInAnArchive_IsRefused() => await RefusesAsync(
        "d.zip", Pack("d.zip", [("inner.zip", Pack("inner.zip", Folder))]), "d.zip/inner.zip", "archive within");

    [Fact]
    public async Task Import_ArchiveOfNothingOfUse_IsRefused() => await RefusesAsync(
        "d.tar.gz", Pack("d.tar.gz", [("notes.txt", [1, 2, 3])]), "d.tar.gz", "nothing to import");

    [Fact]
    public async Task Import_MoreEntriesThanAllowed_IsRefused()
    {
        (string, byte[])[] files = [.. Enumerable.Range(0, 12).Select(i => ($"notes{i}.txt", new byte[] { 1 }))];
        await RefusesAsync("d.zip", Pack("d.zip", files), ["d.zip", "more than 10"], "--Ingest:MaxFiles=10");
        await RefusesAsync("d.tar", Pack("d.tar", files), ["d.tar", "more than 10"], "--Ingest:MaxFiles=10");
    }

    [Theory]
    [InlineData("d.zip")]
    [InlineData("d.tar.gz")]
    public async Task Import_EntryThatUnpacksToMoreThanAllowed_IsRefused(string name) => await RefusesAsync(
        name, Pack(name, [("images/a.nii", new byte[(1 << 20) + 1])]), [$"{name}/a.nii", "1048577 bytes"], "--Ingest:MaxVolumeMebibytes=1");

    [Theory]
    [InlineData("d.zip")]
    [InlineData("d.tar.gz")]
    public async Task Import_ArchiveThatUnpacksToMoreThanAllowed_IsRefused(string name)
    {
        (string, byte[])[] files = [.. Enumerable.Range(0, 3).Select(i => ($"images/{i}.nii", new byte[600_000]))];

        await RefusesAsync(name, Pack(name, files), [name, "bomb"], "--Ingest:MaxArchiveMebibytes=1");
    }

    [Theory]
    [InlineData("d.zip")]
    [InlineData("d.tar.gz")]
    public async Task Import_ArchiveOfAThousandTimesItsSize_IsRefused(string name)
    {
        // 300 MiB of zeros, of which deflate makes a thousandth.
        var zeros = new byte[60 << 20];
        var packed = Pack(name, [.. Enumerable.Range(0, 5).Select(i => ($"images/{i}.nii", zeros))]);
        Assert.InRange(packed.Length, 1, 400_000);

        await RefusesAsync(name, packed, name, "bomb");
    }

    [Fact]
    public async Task Import_TarThatHidesABombInWhatIsLeftAlone_IsRefused()
    {
        var zeros = new byte[60 << 20];
        var packed = Pack("d.tar.gz", [.. Enumerable.Range(0, 5).Select(i => ($"{i}.bin", zeros))]);

        await RefusesAsync("d.tar.gz", packed, "d.tar.gz", "bomb");
    }

    [Fact]
    public async Task Import_TarWithAnAbsurdlyLongDescription_IsRefused()
    {
        // By ustar's layout: an extended header, type x, that says that it has 1 GiB.
        var header = new byte[512];
        "x"u8.CopyTo(header);
        Encoding.ASCII.GetBytes("0000644\0").CopyTo(header, 100);
        Encoding.ASCII.GetBytes("10000000000\0").CopyTo(header, 124);
        Encoding.ASCII.GetBytes("00000000000\0").CopyTo(header, 136);
        header[156] = (byte)'x';
        "ustar\000"u8.CopyTo(header.AsSpan(257));
        header.AsSpan(148, 8).Fill((byte)' ');
        Encoding.ASCII.GetBytes($"{Convert.ToString(header.Sum(value => value), 8).PadLeft(6, '0')}\0 ").CopyTo(header, 148);

        await RefusesAsync("d.tar", [.. header, .. new byte[1 << 20]], "d.tar", "damaged");
    }

    [Fact]
    public async Task Import_ZipWhoseDirectoryLies_IsRefused()
    {
        var packed = Pack("d.zip", Folder);
        var end = packed.AsSpan().LastIndexOf("PK\u0005\u0006"u8);

        // The number of entries, then the place of the directory.
        BinaryPrimitives.WriteUInt16LittleEndian(packed.AsSpan(end + 10), 1);
        await RefusesAsync("d.zip", packed, "d.zip", "damaged");
        packed = Pack("d.zip", Folder);
        BinaryPrimitives.WriteUInt32LittleEndian(packed.AsSpan(end + 16), 0);
        await RefusesAsync("d.zip", packed, "d.zip", "damaged");
    }

    [Fact]
    public async Task Import_Zip64_IsTheDatasetOfItsFiles()
    {
        var token = TestContext.Current.CancellationToken;
        await using var host = await IngestHost.StartAsync(token);

        var dataset = await Upload.To("d").File(FileRole.Image, "d.zip", Zip64(recordAt: 0)).SendAsync(host, token);

        Assert.Equal(6u, dataset.Splits.Aggregate(0u, (sum, split) => sum + split.Slices));
    }

    [Fact]
    public async Task Import_Zip64WhoseLocatorNamesAnotherRecord_IsRefused() => await RefusesAsync("d.zip", Zip64(recordAt: -56), "d.zip", "damaged");

    [Fact]
    public async Task Import_ZipOfSeveralDisks_IsRefused()
    {
        var packed = Pack("d.zip", Folder);
        packed[packed.AsSpan().LastIndexOf("PK\u0005\u0006"u8) + 4] = 1;

        await RefusesAsync("d.zip", packed, "d.zip", "damaged");
    }

    [Theory]
    [InlineData("d.zip")]
    [InlineData("d.tar")]
    [InlineData("d.tar.gz")]
    public async Task Import_ArchiveThatIsCutOff_IsRefused(string name)
    {
        var packed = Pack(name, Folder);

        await RefusesAsync(name, packed[..(packed.Length / 2)], name);
    }

    [Theory]
    [InlineData("d.zip")]
    [InlineData("d.tar.gz")]
    public async Task Import_NoArchive_IsRefused(string name) => await RefusesAsync(name, Encoding.ASCII.GetBytes(new string('x', 2000)), name, "damaged");

    /// <summary>Seeded mutations: each is imported or refused by name, and nothing stays behind.</summary>
    [Theory]
    [InlineData("d.zip")]
    [InlineData("d.tar")]
    [InlineData("d.tar.gz")]
    public async Task Import_MutatedArchives_AreTakenOrRefusedByName(string name)
    {
        var token = TestContext.Current.CancellationToken;
        await using var host = await IngestHost.StartAsync(token);
        var whole = Pack(name, Folder);
        var random = new Random(5);
        for (var round = 0; round < 60; round++)
        {
            var mutated = whole.ToArray();
            for (var n = random.Next(1, 4); n > 0; n--)
            {
                mutated[random.Next(mutated.Length)] = (byte)random.Next(256);
            }

            try
            {
                await Upload.To("fuzz").File(FileRole.Image, name, mutated).SendAsync(host, token);
            }
            catch (Grpc.Core.RpcException refused)
            {
                Assert.Equal(Grpc.Core.StatusCode.InvalidArgument, refused.StatusCode);
            }

            Assert.Empty(host.SpoolFiles);
        }
    }

    /// <summary>The folder as a zip with 64-bit numbers at its end, by APPNOTE.TXT, 4.3.14 to 4.3.16.</summary>
    /// <param name="recordAt">Where the locator says that the record is, seen from where it is.</param>
    private static byte[] Zip64(int recordAt)
    {
        var packed = Pack("d.zip", Folder);
        var end = packed.AsSpan().LastIndexOf("PK\u0005\u0006"u8);
        var record = new byte[56 + 20];
        "PK\u0006\u0006"u8.CopyTo(record);
        BinaryPrimitives.WriteInt64LittleEndian(record.AsSpan(4), 44);
        BinaryPrimitives.WriteInt16LittleEndian(record.AsSpan(12), 45);
        BinaryPrimitives.WriteInt16LittleEndian(record.AsSpan(14), 45);
        BinaryPrimitives.WriteInt64LittleEndian(record.AsSpan(24), BinaryPrimitives.ReadUInt16LittleEndian(packed.AsSpan(end + 8)));
        BinaryPrimitives.WriteInt64LittleEndian(record.AsSpan(32), BinaryPrimitives.ReadUInt16LittleEndian(packed.AsSpan(end + 10)));
        BinaryPrimitives.WriteInt64LittleEndian(record.AsSpan(40), BinaryPrimitives.ReadUInt32LittleEndian(packed.AsSpan(end + 12)));
        BinaryPrimitives.WriteInt64LittleEndian(record.AsSpan(48), BinaryPrimitives.ReadUInt32LittleEndian(packed.AsSpan(end + 16)));
        "PK\u0006\u0007"u8.CopyTo(record.AsSpan(56));
        BinaryPrimitives.WriteInt64LittleEndian(record.AsSpan(64), end + recordAt);
        BinaryPrimitives.WriteInt32LittleEndian(record.AsSpan(72), 1);
        packed.AsSpan(end + 8, 12).Fill(0xFF);
        return [.. packed[..end], .. record, .. packed[end..]];
    }

    private static byte[] Pack(string name, (string Name, byte[] Content)[] files)
    {
        if (name.EndsWith(".zip", StringComparison.Ordinal))
        {
            return DicomImage.Zip(files);
        }

        using var packed = new MemoryStream();
        using (var tar = new TarWriter(packed, TarEntryFormat.Pax, leaveOpen: true))
        {
            foreach (var (path, content) in files)
            {
                tar.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, path) { DataStream = new MemoryStream(content) });
            }
        }

        if (name.EndsWith(".tar", StringComparison.Ordinal))
        {
            return packed.ToArray();
        }

        using var small = new MemoryStream();
        using (var gzip = new GZipStream(small, CompressionLevel.Optimal))
        {
            gzip.Write(packed.ToArray());
        }

        return small.ToArray();
    }

    private static Task RefusesAsync(string name, byte[] archive, params string[] expected) => RefusesAsync(name, archive, expected, []);

    private static async Task RefusesAsync(string name, byte[] archive, string[] expected, params string[] settings)
    {
        var token = TestContext.Current.CancellationToken;
        await using var host = await IngestHost.StartAsync(token, settings: settings);

        var error = await Upload.To("d").File(FileRole.Image, name, archive).SendBadAsync(host, token);

        Assert.NotEmpty(error.Violations);
        Assert.All(expected, part => Assert.Contains(part, error.Message, StringComparison.Ordinal));
    }
}
