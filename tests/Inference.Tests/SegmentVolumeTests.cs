using System.Buffers.Binary;
using Google.Protobuf;
using Grpc.Core;
using OrganSeg.Inference.Tests.Support;
using OrganSeg.Testing;
using OrganSeg.V1;

namespace OrganSeg.Inference.Tests;

/// <summary>Whole volumes over real gRPC.</summary>
public sealed class SegmentVolumeTests
{
    private static readonly int[] Lengths = [24, 20, 6];

    // Oblique and anisotropic: rotated a little about each axis, 1.5 × 2 × 3 mm, in RAS.
    private static readonly double[] Affine = Oblique([1.5, 2, 3]);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<int, int> Orientations
    {
        get
        {
            var all = new TheoryData<int, int>();
            for (var order = 0; order < 6; order++)
            {
                for (var flips = 0; flips < 8; flips++)
                {
                    all.Add(order, flips);
                }
            }

            return all;
        }
    }

    [Theory]
    [MemberData(nameof(Orientations))]
    public async Task SegmentVolume_AnyOrientation_SameLabelsForTheSameAnatomyInTheSameGeometry(int order, int flips)
    {
        await using var fixture = await Fixture.StartAsync();
        await fixture.PublishAsync("grey", GreyModel.Onnx());
        var expected = Voxels(await SegmentAsync(fixture, NiftiFile.Write(Lengths, Affine, Anatomy())));
        var (lengths, affine, from) = Turn(order, flips);
        var anatomy = Anatomy();
        var turned = NiftiFile.Write(lengths, affine, [.. from.Select(index => anatomy[index])], second: flips % 2 == 1, bigEndian: order % 2 == 1);

        var (result, file) = await SegmentAsync(fixture, turned);

        Assert.Equal([1, 2, 3, 4], expected.Where(label => label != 0).Distinct().Order().Select(label => (int)label));
        Assert.Equal(from.Select(index => expected[index]), Voxels((result, file)));
        CheckGeometry(turned, file);
        // By hand: the determinant of the affine is 1.5 · 2 · 3 mm³.
        Assert.All(result.Organs, organ => Assert.Equal(organ.Voxels * 0.009, organ.Millilitres, 1e-6));
        Assert.Equal(expected.Count(label => label == 2), result.Organs.Single(organ => organ.Id == 2).Voxels);
    }

    [Fact]
    public async Task SegmentVolume_CompressedInSmallChunks_AnswersCompressed()
    {
        await using var fixture = await Fixture.StartAsync();
        await fixture.PublishAsync("grey", GreyModel.Onnx());
        var plain = NiftiFile.Write(Lengths, Affine, Anatomy());
        var (_, expected) = await SegmentAsync(fixture, plain);

        var (result, file) = await SegmentAsync(fixture, NiftiFile.Compress(plain), chunk: 7);

        Assert.True(result.Compressed);
        Assert.Equal(expected, NiftiFile.Unpack(file));
    }

    // The same voxels as NIfTI and as DICOM, whose +x and +y are the other way round.
    [Fact]
    public async Task SegmentVolume_DicomSeries_SameLabelsAndGeometryAsNifti()
    {
        await using var fixture = await Fixture.StartAsync();
        await fixture.PublishAsync("grey", GreyModel.Onnx());
        var anatomy = Anatomy();
        var images = Enumerable.Range(0, 6).Select(k => new DicomImage
        {
            Width = 24,
            Height = 20,
            Pixels = [.. anatomy.AsSpan(480 * k, 480).ToArray().Select(hu => hu + 1024)],
            Intercept = -1024,
            Position = [12, -7, 40 + (3 * k)],
            Spacing = [2, 1.5],
            Series = "1.2.840.1",
        });
        var zip = DicomImage.Zip(images.Select((image, k) => ($"IM{5 - k}", image.Write())));
        var nifti = NiftiFile.Write(Lengths, [-1.5, 0, 0, -12, 0, -2, 0, 7, 0, 0, 3, 40], anatomy);
        var (expected, plain) = await SegmentAsync(fixture, nifti);

        var (result, file) = await SegmentAsync(fixture, zip);

        Assert.True(result.Compressed);
        Assert.Empty(result.Warnings);
        Assert.Equal(expected.Organs, result.Organs);
        Assert.Equal("LPS", result.Orientation);
        var labels = NiftiFile.Unpack(file);
        Assert.Equal(plain[^(24 * 20 * 6)..], labels[^(24 * 20 * 6)..]);
        // The sform, and the lengths and sizes of the axes.
        Assert.Equal(plain[280..328], labels[280..328]);
        Assert.Equal(plain[40..48], labels[40..48]);
        Assert.Equal(plain[80..92], labels[80..92]);
        Assert.DoesNotContain("Doe", System.Text.Encoding.ASCII.GetString(labels));
    }

    [Fact]
    public async Task SegmentVolume_DicomWithMissingSlices_Warns()
    {
        await using var fixture = await Fixture.StartAsync();
        await fixture.PublishAsync("grey", GreyModel.Onnx());
        var images = new[] { 0, 1, 2, 6 }.Select(z => new DicomImage { Width = 8, Height = 8, Pixels = new int[64], Position = [0, 0, z] });

        var (result, _) = await SegmentAsync(fixture, DicomImage.Zip(images.Select((image, k) => ($"{k}", image.Write()))));

        Assert.Contains("missing", Assert.Single(result.Warnings));
    }

    [Fact]
    public async Task SegmentVolume_KeepLargest_LeavesOnePiece()
    {
        await using var fixture = await Fixture.StartAsync();
        await fixture.PublishAsync("grey", GreyModel.Onnx());
        var voxels = Enumerable.Repeat(Hu(0), 24 * 20 * 6).ToArray();
        Fill(voxels, 2, 8, 2, 8, 0, 3, 1);
        Fill(voxels, 14, 18, 10, 14, 4, 6, 1);
        var file = NiftiFile.Write(Lengths, Affine, voxels);

        var all = (await SegmentAsync(fixture, file)).Result.Organs[0].Voxels;
        var largest = (await SegmentAsync(fixture, file, largest: true)).Result.Organs[0].Voxels;

        // In HU of −46 to −125 the edges blur; the two boxes hold 108 and 32 voxels.
        Assert.InRange(all - largest, 20, 44);
        Assert.InRange(largest, 80, 136);
    }

    [Theory]
    [InlineData("no options", "options")]
    [InlineData("no model", "options.model")]
    [InlineData("no NIfTI", "volume")]
    [InlineData("cut off", "volume")]
    [InlineData("damaged gzip", "volume")]
    [InlineData("too large", "volume")]
    [InlineData("flat", "volume")]
    [InlineData("options twice", "options")]
    public async Task SegmentVolume_WrongInput_NamesTheField(string what, string field)
    {
        await using var fixture = await Fixture.StartAsync(("MaxVolumeMebibytes", "1"));
        await fixture.PublishAsync("grey", GreyModel.Onnx());
        var file = NiftiFile.Write(Lengths, Affine, Anatomy());
        switch (what)
        {
            case "no NIfTI": file = [.. Enumerable.Repeat((byte)7, 1000)]; break;
            case "cut off": file = file[..^1]; break;
            case "damaged gzip":
                file = NiftiFile.Compress(file);
                file[^6] ^= 0x55;
                break;
            case "too large": BinaryPrimitives.WriteInt16LittleEndian(file.AsSpan(46), 30_000); break;
            case "flat": file.AsSpan(280, 48).Clear(); break;
        }

        var error = await Fixture.FailureAsync(async () =>
        {
            using var call = fixture.Client.SegmentVolume(cancellationToken: Token);
            if (what != "no options")
            {
                var options = new SegmentVolumeRequest { Options = new VolumeOptions { Model = what == "no model" ? "" : "grey" } };
                await call.RequestStream.WriteAsync(options, Token);
                if (what == "options twice")
                {
                    await call.RequestStream.WriteAsync(options, Token);
                }
            }

            await call.RequestStream.WriteAsync(new SegmentVolumeRequest { Chunk = ByteString.CopyFrom(file) }, Token);
            await call.RequestStream.CompleteAsync();
            while (await call.ResponseStream.MoveNext(Token))
            {
            }
        });

        Assert.Equal(ErrorKind.Invalid, error.Kind);
        Assert.Contains(field, error.Message);
    }

    [Fact]
    public async Task SegmentVolume_CallerGoes_PlaceIsFreeAgain()
    {
        await using var fixture = await Fixture.StartAsync(("MaxVolumes", "1"));
        await fixture.PublishAsync("grey", GreyModel.Onnx(), size: 512);
        var refused = await BusyAsync(fixture);
        Assert.NotNull(refused.RetryAfter);

        // The place is given back when the service notices, which takes a moment.
        var file = NiftiFile.Write(Lengths, Affine, Anatomy());
        while (true)
        {
            try
            {
                Assert.Equal(4, (await SegmentAsync(fixture, file)).Result.Organs.Count);
                return;
            }
            catch (RpcException error) when (error.StatusCode == StatusCode.ResourceExhausted)
            {
                await Task.Yield();
            }
        }
    }

    /// <summary>Begins calls and leaves them until another one is refused meanwhile; the other one may have been faster.</summary>
    private static async Task<OrganSegException> BusyAsync(Fixture fixture)
    {
        while (true)
        {
            using var call = fixture.Client.SegmentVolume(cancellationToken: Token);
            var error = await Fixture.FailureAsync(async () =>
            {
                await call.RequestStream.WriteAsync(new SegmentVolumeRequest { Options = new VolumeOptions { Model = "grey" } }, Token);
                await SegmentAsync(fixture, [1, 2, 3]);
            });
            if (error.Kind == ErrorKind.Quota)
            {
                return error;
            }
        }
    }

    /// <summary>Boxes of each class on background, [24, 20, 6] in RAS order, first axis fastest.</summary>
    private static short[] Anatomy()
    {
        var voxels = Enumerable.Repeat(Hu(0), 24 * 20 * 6).ToArray();
        Fill(voxels, 2, 8, 2, 8, 0, 5, 1);
        Fill(voxels, 12, 18, 3, 7, 1, 6, 2);
        Fill(voxels, 4, 10, 11, 17, 2, 6, 3);
        Fill(voxels, 15, 22, 10, 15, 0, 4, 4);
        return voxels;
    }

    /// <summary>What the window −125…275 shows as the grey value of a class.</summary>
    private static short Hu(int label) => (short)Math.Round((label * GreyModel.GreyPerClass * 400 / 255.0) - 125);

    private static void Fill(short[] voxels, int x0, int x1, int y0, int y1, int z0, int z1, int label)
    {
        for (var z = z0; z < z1; z++)
        {
            for (var y = y0; y < y1; y++)
            {
                voxels.AsSpan((z * 480) + (y * 24) + x0, x1 - x0).Fill(Hu(label));
            }
        }
    }

    private static double[] Oblique(double[] sizes)
    {
        var (a, b, c) = (0.2, -0.15, 0.1);
        double[,] x = { { 1, 0, 0 }, { 0, Math.Cos(a), -Math.Sin(a) }, { 0, Math.Sin(a), Math.Cos(a) } };
        double[,] y = { { Math.Cos(b), 0, Math.Sin(b) }, { 0, 1, 0 }, { -Math.Sin(b), 0, Math.Cos(b) } };
        double[,] z = { { Math.Cos(c), -Math.Sin(c), 0 }, { Math.Sin(c), Math.Cos(c), 0 }, { 0, 0, 1 } };
        var turn = Times(Times(x, y), z);
        return [.. Enumerable.Range(0, 3).SelectMany(row => (double[])[turn[row, 0] * sizes[0], turn[row, 1] * sizes[1], turn[row, 2] * sizes[2], -40 + (10 * row)])];
    }

    private static double[,] Times(double[,] left, double[,] right)
    {
        var product = new double[3, 3];
        for (var i = 0; i < 9; i++)
        {
            product[i / 3, i % 3] = Enumerable.Range(0, 3).Sum(k => left[i / 3, k] * right[k, i % 3]);
        }

        return product;
    }

    /// <summary>The same voxels in another order of axes and directions, and for each the index it comes from.</summary>
    private static (int[] Lengths, double[] Affine, int[] From) Turn(int order, int flips)
    {
        int[] axes = ((int[][])[[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]])[order];
        var flipped = Enumerable.Range(0, 3).Select(axis => (flips >> axis & 1) == 1).ToArray();
        var lengths = axes.Select(axis => Lengths[axis]).ToArray();
        var affine = new double[12];
        for (var row = 0; row < 3; row++)
        {
            affine[(4 * row) + 3] = Affine[(4 * row) + 3];
            for (var axis = 0; axis < 3; axis++)
            {
                var column = Affine[(4 * row) + axes[axis]];
                affine[(4 * row) + axis] = flipped[axis] ? -column : column;
                affine[(4 * row) + 3] += flipped[axis] ? column * (lengths[axis] - 1) : 0;
            }
        }

        int[] strides = [1, Lengths[0], Lengths[0] * Lengths[1]];
        var from = new List<int>();
        for (var k = 0; k < lengths[2]; k++)
        {
            for (var j = 0; j < lengths[1]; j++)
            {
                for (var i = 0; i < lengths[0]; i++)
                {
                    int[] place = [i, j, k];
                    from.Add(Enumerable.Range(0, 3).Sum(axis => strides[axes[axis]] * (flipped[axis] ? lengths[axis] - 1 - place[axis] : place[axis])));
                }
            }
        }

        return (lengths, affine, [.. from]);
    }

    /// <summary>Shape, pixel sizes, units and both forms are the input's, bit for bit.</summary>
    private static void CheckGeometry(byte[] input, byte[] output)
    {
        var second = BinaryPrimitives.ReadInt32LittleEndian(input) is 540 || BinaryPrimitives.ReadInt32BigEndian(input) is 540;
        (int Offset, int Length)[] fields = second
            ? [(16, 64), (104, 64), (344, 160)]
            : [(40, 16), (76, 32), (123, 1), (252, 76)];
        Assert.All(fields, field => Assert.Equal(
            input.AsSpan(field.Offset, field.Length).ToArray(), output.AsSpan(field.Offset, field.Length).ToArray()));
    }

    private static byte[] Voxels((VolumeResult Result, byte[] File) answer) => answer.File[^(24 * 20 * 6)..];

    private static Task<(VolumeResult Result, byte[] File)> SegmentAsync(
        Fixture fixture, byte[] file, int chunk = 1 << 20, bool largest = false) =>
        VolumeCalls.SegmentAsync(fixture, file, new VolumeOptions { Model = "grey", KeepLargestComponent = largest }, chunk);
}
