using System.Buffers.Binary;
using OrganSeg.Imaging.Volumes;
using OrganSeg.Testing;

namespace OrganSeg.Imaging.Tests;

/// <summary>Damaged files of every kind that is read: no crash, no hang, no more memory than the file is worth.</summary>
public sealed class ReaderFuzzTests
{
    // What the services accept.
    private const long MostBytes = 4L << 30;

    private static readonly double[] Standing = [-1, 0, 0, 10, 0, -1, 0, 20, 0, 0, 2, -30];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task ReadGrey_DamagedPng_IsTakenOrRefusedWithinBounds()
    {
        byte[][] files =
        [
            .. new[] { Pngs.PillowGrey, Pngs.PillowPalette, Pngs.PillowBits, Pngs.PillowRgb, Pngs.PillowGreyAlpha, Pngs.PillowGrey16 }.Select(Convert.FromBase64String),
            Png.WriteGrey(new ByteImage(40, 30, [.. Enumerable.Range(0, 1200).Select(i => (byte)(i % 251))])),
        ];
        var taken = await Fuzzing.RunAsync(
            1,
            random => random.Next(3) switch
            {
                0 => Mutated(random, files),
                1 => Checked(Mutated(random, files)),
                _ => AnyPng(random),
            },
            file => Task.FromResult(Math.Max(
                Read(() => Png.ReadGrey(file, Fuzzing.File, new PngWindow(-1024, -125, 275)).Image.Pixels.Length),
                Read(() => Png.ReadLabels(file, Fuzzing.File).Pixels.Length))));

        Assert.InRange(taken, 0.05, 0.95);

        // Whether a file is taken as an image must not keep the other reader from it.
        static long Read(Func<int> read)
        {
            try
            {
                return read();
            }
            catch (OrganSegException error) when (error.Kind == ErrorKind.Invalid && error.Message.Contains("colour", StringComparison.Ordinal))
            {
                return 0;
            }
        }
    }

    [Fact]
    public async Task ReadAsync_DamagedNifti_IsTakenOrRefusedWithinBounds()
    {
        short[] voxels = [.. Enumerable.Range(0, 60).Select(i => (short)i)];
        byte[][] files =
        [
            NiftiFile.Write([5, 4, 3], Standing, voxels),
            NiftiFile.Write([5, 4, 3], Standing, voxels, bigEndian: true),
            NiftiFile.Write([5, 4, 3], Standing, voxels, second: true, slope: 2),
            NiftiFile.Write([5, 4, 3], Standing, voxels, second: true, bigEndian: true),
        ];
        byte[][] packed = [.. files.Select(NiftiFile.Compress)];
        var taken = await Fuzzing.RunAsync(
            2,
            random => random.Next(4) switch
            {
                0 => Mutated(random, packed),
                1 => NiftiFile.Compress(Mutated(random, files)),
                _ => Mutated(random, files),
            },
            async file => Use(await VolumeFile.ReadAsync(new MemoryStream(file), Fuzzing.File, MostBytes, Token)));

        Assert.InRange(taken, 0.05, 0.95);
    }

    [Fact]
    public async Task ReadAsync_DamagedZip_IsTakenOrRefusedWithinBounds()
    {
        byte[][] images = [.. Enumerable.Range(0, 2).Select(z => Image(z, DicomImage.ExplicitLittle))];
        byte[][] files =
        [
            DicomImage.Zip(images.Select((image, i) => ($"folder/{i}.dcm", image))),
            DicomImage.Zip([("only", images[0]), ("notes.txt", "Nothing to see."u8.ToArray())]),
        ];
        var taken = await Fuzzing.RunAsync(
            4,
            random => random.Next(2) == 0
                ? Mutated(random, files)
                : DicomImage.Zip(images.Select((image, i) => ($"{i}", random.Next(4) == 0 ? Mutated(random, images) : image))),
            async file => Use(await VolumeFile.ReadAsync(new MemoryStream(file), Fuzzing.File, MostBytes, Token)));

        Assert.InRange(taken, 0.05, 0.95);
    }

    private static byte[] Image(int z, string syntax) => new DicomImage
    {
        Width = 5,
        Height = 4,
        Pixels = [.. Enumerable.Range(0, 20).Select(i => i + (100 * z))],
        Position = [0, 0, 3 * z],
        Syntax = syntax,
    }.Write();

    private static byte[] Mutated(Random random, byte[][] files) =>
        new Mutator(random).Mutate(files[random.Next(files.Length)], files[random.Next(files.Length)]);

    /// <summary>What is taken must be usable, too.</summary>
    private static long Use(IVolumeFile file)
    {
        var volume = file.Volume;
        _ = volume.Window(volume.SliceCount - 1, -125, 275);
        _ = volume.Labels(0);
        return volume.Geometry.Lengths.Aggregate((long)Volume.SizeOf(volume.Type), (product, length) => product * length);
    }

    /// <summary>A PNG with right checksums, so that more than those are looked at.</summary>
    private static byte[] Checked(byte[] png)
    {
        for (var at = 8; at + 12 <= png.Length;)
        {
            var length = BinaryPrimitives.ReadInt32BigEndian(png.AsSpan(at));
            if (length < 0 || length > png.Length - at - 12)
            {
                break;
            }

            BinaryPrimitives.WriteUInt32BigEndian(png.AsSpan(at + 8 + length), Pngs.SlowCrc(png[(at + 4)..(at + 8 + length)]));
            at += 12 + length;
        }

        return png;
    }

    /// <summary>Any header over any rows, which seldom are as many as it says.</summary>
    private static byte[] AnyPng(Random random)
    {
        byte[] depths = [1, 2, 4, 8, 16];
        byte[] colours = [0, 2, 3, 4, 6];
        var (width, height) = (random.Next(1, 12), random.Next(1, 12));
        var (depth, colour) = (depths[random.Next(5)], random.Next(3) == 0 ? colours[random.Next(5)] : (byte)0);
        var channels = colour switch { 2 => 3, 4 => 2, 6 => 4, _ => 1 };
        var row = 1 + (((width * depth * channels) + 7) / 8);
        var rows = new byte[Math.Max(1, (row * height) + (random.Next(5) == 0 ? random.Next(-row, row) : 0))];
        random.NextBytes(rows);
        for (var at = 0; at < rows.Length; at += row)
        {
            rows[at] = (byte)random.Next(random.Next(20) == 0 ? 256 : 5);
        }

        var palette = colour == 3 || random.Next(8) == 0 ? new byte[3 * random.Next(1, 40)] : null;
        var (shownWidth, shownHeight) = random.Next(12) == 0 ? (random.Next(), random.Next()) : (width, height);
        return Pngs.File(shownWidth, shownHeight, depth, colour, rows, (byte)(random.Next(4) == 0 ? random.Next(3) : 0), palette, Math.Min(rows.Length, random.Next(1, 3)));
    }
}
