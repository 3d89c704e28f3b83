using OrganSeg.Imaging.Dicom;
using OrganSeg.Imaging.Volumes;
using OrganSeg.Testing;

namespace OrganSeg.Imaging.Tests;

/// <summary>DICOM SEG, written by an independent writer.</summary>
public sealed class DicomSegmentationTests
{
    private static readonly (ushort, string, string)[] Organs = [(1, "Liver", "10200004"), (2, "Kidney", "64033007"), (3, "Spleen", "78961009")];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    // By hand: three planes 3 mm apart of 5×3, so that frames do not begin on whole bytes.
    [Theory]
    [InlineData(DicomImage.ImplicitLittle, false)]
    [InlineData(DicomImage.ExplicitLittle, true)]
    [InlineData(DicomImage.Deflated, false)]
    public async Task Read_Binary_SegmentsAreLabelsInTheirPlaces(string syntax, bool isDefined)
    {
        var segmentation = await ReadAsync(new DicomFrames
        {
            Width = 5,
            Height = 3,
            Frames = [([10, -20, 36], Dots(0)), ([10, -20, 30], Dots(1, 7)), ([10, -20, 33], Dots(14)), ([10, -20, 30], Dots(2, 3))],
            Shown = [1, 2, 2, 3],
            Segments = Organs,
            Spacing = [0.5, 2],
            Syntax = syntax,
            IsDefined = isDefined,
        });

        Assert.Equal([0, 2, 3, 3, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0], segmentation.Labels.Planes[0]);
        Assert.Equal([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2], segmentation.Labels.Planes[1]);
        Assert.Equal([1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], segmentation.Labels.Planes[2]);
        Assert.Equal([-2, 0, 0, -10, 0, -0.5, 0, 20, 0, 0, 3, 30], segmentation.Labels.Geometry.Affine);
        Assert.Equal(new DicomSegment(1, "Liver", new DicomCode("123037004", "SCT", "Anatomical structure"), new DicomCode("10200004", "SCT", "Liver")), segmentation.Segments[0]);
        Assert.Equal([1, 2, 3], segmentation.Segments.Select(segment => segment.Number));
        Assert.Equal(DicomFileKind.Segmentation, segmentation.Identity.Kind);
    }

    // By hand: of at most 100, from 50 on; of at most 255, from 128 on.
    [Theory]
    [InlineData(100, new byte[] { 0, 0, 1, 1 }, 49)]
    [InlineData(255, new byte[] { 0, 0, 1, 1 }, 127)]
    [InlineData(1, new byte[] { 0, 0, 1, 1 }, 0)]
    public async Task Read_Fractional_HalfOrMoreIsIn(ushort most, byte[] expected, int below)
    {
        var segmentation = await ReadAsync(new DicomFrames
        {
            Width = 4,
            Height = 1,
            Frames = [([0, 0, 0], [0, below, below + 1, most])],
            Shown = [1],
            Segments = Organs,
            MostFraction = most,
        });

        Assert.Equal(expected, segmentation.Labels.Planes[0]);
    }

    [Theory]
    [InlineData(null, 3)]
    [InlineData(2.5, 5)]
    [InlineData(4.0, 3)]
    public async Task Read_PlanesWithoutFrames_AreBackground(double? between, int planes)
    {
        var segmentation = await ReadAsync(new DicomFrames
        {
            Width = 2,
            Height = 1,
            Frames = [([0, 0, 0], [1, 0]), ([0, 0, 10], [0, 1]), ([0, 0, 5], [1, 1])],
            Shown = [1, 1, 1],
            Segments = Organs,
            Between = between,
        });

        Assert.Equal(planes, segmentation.Labels.Planes.Count);
        Assert.Equal([1, 0], segmentation.Labels.Planes[0]);
        Assert.Equal([1, 1], segmentation.Labels.Planes[(planes - 1) / 2]);
        Assert.Equal([0, 1], segmentation.Labels.Planes[^1]);
        Assert.Equal(10.0 / (planes - 1), segmentation.Labels.Geometry.SliceDistance, 1e-9);
    }

    // The frames are axial; the volume's axes are any of 48. Each voxel's place is compared, not its index.
    [Fact]
    public async Task Read_OnAReferenceInAnyOrientation_SamePlaces()
    {
        foreach (var affine in Orientations.Straight())
        {
            var geometry = new VolumeGeometry([6, 6, 6], affine);
            // The spacing of the axis that runs along the patient's x, and so on.
            var (x, y, z) = (Step(affine, 0), Step(affine, 1), Step(affine, 2));
            var (left, back, low) = (Enumerable.Range(0, 6).Min(i => Far(affine, 0, i)), Enumerable.Range(0, 6).Min(i => Far(affine, 1, i)), Enumerable.Range(0, 6).Min(i => Far(affine, 2, i)));
            // Corner voxel of the least x, y and z is (left, back, low); DICOM's x and y have the other sign. Columns run to the
            // right here, rows to the front.
            var segmentation = await ReadAsync(
                new DicomFrames
                {
                    Width = 3,
                    Height = 2,
                    Frames = [([-(left + x), -(back + (2 * y)), low + (3 * z)], [1, 0, 0, 0, 0, 1])],
                    Shown = [2],
                    Segments = Organs,
                    Orientation = [-1, 0, 0, 0, -1, 0],
                    Spacing = [y, x],
                },
                geometry);

            var labelled = new List<(double X, double Y, double Z)>();
            for (var voxel = 0; voxel < 216; voxel++)
            {
                if (segmentation.Labels.Planes[voxel / 36][voxel % 36] == 2)
                {
                    labelled.Add(Orientations.Place(affine, voxel % 6, voxel / 6 % 6, voxel / 36));
                }
            }

            Assert.Same(geometry, segmentation.Labels.Geometry);
            Assert.Equal(2, labelled.Count);
            Assert.Contains(labelled, place => IsAt(place, left + x, back + (2 * y), low + (3 * z)));
            Assert.Contains(labelled, place => IsAt(place, left + (3 * x), back + (3 * y), low + (3 * z)));
        }

        static double Step(double[] affine, int world) => Enumerable.Range(0, 3).Max(axis => Math.Abs(affine[(4 * world) + axis]));

        static double Far(double[] affine, int world, int steps) => affine[(4 * world) + 3] + (steps * Enumerable.Range(0, 3).Sum(axis => affine[(4 * world) + axis]));

        static bool IsAt((double X, double Y, double Z) place, double x, double y, double z) =>
            Math.Abs(place.X - x) < 1e-6 && Math.Abs(place.Y - y) < 1e-6 && Math.Abs(place.Z - z) < 1e-6;
    }

    [Theory]
    [InlineData("overlap", "segments 1 \"Liver\" and 3 \"Spleen\" overlap")]
    [InlineData("unknown", "(0062,000B) names segment 9")]
    [InlineData("twice", "(0062,0004) 1 comes twice")]
    [InlineData("number", "(0062,0004) must be 1 to 255")]
    [InlineData("type", "(0062,0001) is neither BINARY nor FRACTIONAL")]
    [InlineData("big", "big-endian")]
    [InlineData("image", "(0008,0016)")]
    [InlineData("text", "is no DICOM file")]
    [InlineData("uneven", "5 to 7 mm apart")]
    [InlineData("between voxels", "segmentation frame 1: does not lie on the voxels")]
    [InlineData("outside", "segmentation frame 1: lies outside")]
    [InlineData("coarser", "segmentation frame 1: does not lie on the voxels")]
    [InlineData("coarser planes", "planes are 5 mm apart, those of the volume that it is to label 1 mm")]
    [InlineData("far", "spans 1000000002 planes")]
    public async Task Read_WrongInput_NamesWhatIsWrong(string what, string expected)
    {
        var second = what switch
        {
            "uneven" => 5,
            "far" => 1e9,
            _ => 0.0,
        };
        var file = new DicomFrames
        {
            Width = 2,
            Height = 1,
            Frames = [([0, 0, 0], [1, 0]), ([0, 0, second], [1, 1]), ([0, 0, what == "uneven" ? 12 : second + 1], [1, 1])],
            Shown = what == "image" ? null : [1, what == "unknown" ? (ushort)9 : (ushort)3, 2],
            Segments = what == "twice" ? [.. Organs, Organs[0]] : what == "number" ? [(256, "Far", "1")] : Organs,
            SegmentationType = what == "type" ? "LABELMAP" : null,
            Between = what == "coarser planes" ? 5 : null,
            Syntax = what == "big" ? DicomImage.ExplicitBig : DicomImage.ExplicitLittle,
        }.Write();
        var reference = what switch
        {
            "between voxels" => new VolumeGeometry([4, 4, 4], [-1, 0, 0, 0.5, 0, -1, 0, 0, 0, 0, 1, 0]),
            "coarser" => new VolumeGeometry([8, 8, 8], [-0.5, 0, 0, 0, 0, -0.5, 0, 0, 0, 0, 1, 0]),
            "coarser planes" => new VolumeGeometry([4, 4, 4], [-1, 0, 0, 0, 0, -1, 0, 0, 0, 0, 1, 0]),
            "outside" => new VolumeGeometry([4, 4, 4], [-1, 0, 0, -3, 0, -1, 0, 0, 0, 0, 1, 0]),
            _ => null,
        };

        var error = await Assert.ThrowsAsync<OrganSegException>(
            () => DicomSegmentation.ReadAsync(what == "text" ? "no DICOM"u8.ToArray() : file, "segmentation", reference, 1 << 20, Token));

        Assert.Equal(ErrorKind.Invalid, error.Kind);
        Assert.Contains(expected, error.Message);
    }

    // pydicom unpacks the bits and reads the groups; numpy puts the frames by their places.
    [Theory]
    [InlineData(null)]
    [InlineData((ushort)200)]
    public async Task Read_ManyFrames_SameLabelsAsPydicom(ushort? most)
    {
        var python = await SystemPython.FindAsync("import pydicom, numpy", Token);
        Assert.SkipWhen(python is null, "pydicom is not installed (package python3-pydicom).");
        using var folder = new TemporaryFolder();
        var random = new Random(7);
        var owner = Enumerable.Range(0, 6 * 13 * 11).Select(_ => random.Next(4)).ToArray();
        var frames = Enumerable.Range(0, 18).OrderBy(_ => random.Next()).Select(i => (Segment: (i % 3) + 1, Plane: i / 3)).ToArray();
        var file = new DicomFrames
        {
            Width = 13,
            Height = 11,
            Frames = [.. frames.Select(frame => (
                new[] { -7.5, 3.25, 2.5 * frame.Plane },
                owner.Skip(143 * frame.Plane).Take(143).Select(o => (o == frame.Segment ? 1 : 0) * (most is { } m ? random.Next((m / 2) + 1, m) : 1)).ToArray()))],
            Shown = [.. frames.Select(frame => (ushort)frame.Segment)],
            Segments = Organs,
            MostFraction = most,
            Spacing = [0.8, 0.7],
        }.Write();
        await File.WriteAllBytesAsync(folder.PathOf("seg.dcm"), file, Token);

        var labels = (await DicomSegmentation.ReadAsync(file, "segmentation", null, 1 << 20, Token)).Labels;

        var (code, output) = await python.RunAsync("", Token, "-c", """
            import sys
            import numpy, pydicom
            file = pydicom.dcmread(sys.argv[1])
            labels = numpy.zeros((6, file.Rows, file.Columns), int)
            for pixels, groups in zip(file.pixel_array, file.PerFrameFunctionalGroupsSequence):
                plane = int(float(groups.PlanePositionSequence[0].ImagePositionPatient[2]) / 2.5)
                labels[plane][pixels.astype(int) * 2 >= file.get('MaximumFractionalValue', 1)] = groups.SegmentIdentificationSequence[0].ReferencedSegmentNumber
            print(*labels.ravel())
            """, folder.PathOf("seg.dcm"));
        Assert.True(code == 0, output);
        Assert.Equal(output.Trim().Split(' ').Select(byte.Parse), labels.Planes.SelectMany(plane => plane));
        Assert.Equal(owner.Select(o => (byte)o), labels.Planes.SelectMany(plane => plane));
    }

    [Fact]
    public async Task Read_MutatedFiles_EndInLabelsOrANamedError()
    {
        var random = new Random(20261127);
        byte[][] seeds = [.. new[] { (ushort?)null, (ushort)100 }.Select(most => new DicomFrames
        {
            Width = 5,
            Height = 4,
            Frames = [.. Enumerable.Range(0, 3).Select(z => (new double[] { 0, 0, z }, Dots(z).Concat(new int[5]).ToArray()))],
            Shown = [1, 2, 3],
            Segments = Organs,
            MostFraction = most,
            IsDefined = most is null,
        }.Write())];
        for (var i = 0; i < 4000; i++)
        {
            var bytes = (byte[])seeds[i % seeds.Length].Clone();
            for (var changes = random.Next(1, 6); changes > 0; changes--)
            {
                bytes[random.Next(128, bytes.Length)] = (byte)random.Next(256);
            }

            try
            {
                await DicomSegmentation.ReadAsync(random.Next(4) == 0 ? bytes[..random.Next(132, bytes.Length)] : bytes, "segmentation", null, 1 << 20, Token);
            }
            catch (OrganSegException error)
            {
                Assert.Contains(error.Kind, (ErrorKind[])[ErrorKind.Invalid, ErrorKind.NotReady]);
            }
        }
    }

    private static Task<DicomSegmentation> ReadAsync(DicomFrames file, VolumeGeometry? reference = null) =>
        DicomSegmentation.ReadAsync(file.Write(), "segmentation", reference, 1 << 20, Token);

    /// <summary>15 pixels of which some are set.</summary>
    private static int[] Dots(params int[] set) => [.. Enumerable.Range(0, 15).Select(pixel => set.Contains(pixel) ? 1 : 0)];
}
