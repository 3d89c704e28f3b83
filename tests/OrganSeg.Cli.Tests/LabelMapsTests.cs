using OrganSeg.Cli.Files;
using OrganSeg.Imaging;
using OrganSeg.Testing;

namespace OrganSeg.Cli.Tests;

/// <summary>Folders of label maps, as a user has them.</summary>
public sealed class LabelMapsTests : IDisposable
{
    private static readonly double[] Standing = [2, 0, 0, 5, 0, 1, 0, 6, 0, 0, 3, 7];

    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Collect_NiftiOfEitherExtension_AreCounterparts()
    {
        var reference = Folder("reference", "b.nii.gz", "a.nii", "notes.txt");
        var first = Folder("first", "a.nii.gz", "b.nii");
        var second = Folder("second", "a.nii", "b.nii.gz");

        var maps = LabelMaps.Collect(reference, [first, second]);

        Assert.Equal(["a", "b"], maps.Select(map => map.Name));
        Assert.All(maps, map => Assert.True(map.IsVolume));
        Assert.Equal([Path.Combine(first, "a.nii.gz"), Path.Combine(second, "a.nii")], maps[0].Predictions);
        Assert.Equal(["first", "second"], LabelMaps.ModelsOf([first, second + Path.DirectorySeparatorChar]));
        Assert.Equal(["x/p", "y/p"], LabelMaps.ModelsOf(["x/p", "y/p"]));
    }

    [Fact]
    public void Collect_WhatDoesNotFit_IsNamed()
    {
        var reference = Folder("reference", "a.png", "b.png");

        var missing = Assert.Throws<OrganSegException>(() => LabelMaps.Collect(reference, [Folder("p", "a.png", "c.png")]));
        var mixed = Assert.Throws<OrganSegException>(() => LabelMaps.Collect(Folder("r2", "a.png", "b.nii"), [Folder("p2", "a.png", "b.nii")]));
        var twice = Assert.Throws<OrganSegException>(() => LabelMaps.Collect(Folder("r3", "a.nii", "a.nii.gz"), [reference]));
        var empty = Assert.Throws<OrganSegException>(() => LabelMaps.Collect(Folder("r4", "a.txt"), [reference]));
        var absent = Assert.Throws<OrganSegException>(() => LabelMaps.Collect(reference, [Path.Combine(_folder.Path, "nowhere")]));

        Assert.Equal(["c.png", "b.png"], missing.Violations.Select(violation => Path.GetFileName(violation.Field)));
        Assert.Equal("b.nii", Path.GetFileName(Assert.Single(mixed.Violations).Field));
        Assert.Equal("a.nii.gz", Path.GetFileName(Assert.Single(twice.Violations).Field));
        Assert.Equal("r4", Path.GetFileName(Assert.Single(empty.Violations).Field));
        Assert.Equal("nowhere", Path.GetFileName(Assert.Single(absent.Violations).Field));
    }

    // Stored columns rise to the patient's left here, so that a slice is mirrored in columns and, rows rising to the front, in rows.
    [Fact]
    public async Task ReadVolume_MappedIds_AxialSlicesOfClasses()
    {
        var file = Path.Combine(_folder.Path, "labels.nii.gz");
        // [plane, row, column] of the file: 2 × 2 × 3.
        await File.WriteAllBytesAsync(file, NiftiFile.Write([3, 2, 2], Standing, [5, 0, 0, 0, 7, 0, 0, 0, 2, 0, 0, 0]), Token);

        var (geometry, slices) = await new LabelReader(new Dictionary<uint, uint> { [5] = 1, [2] = 3 }).ReadVolumeAsync(file, Token);

        Assert.Equal((3, 2, 2), (geometry.Columns.Length, geometry.Rows.Length, geometry.Slices.Length));
        Assert.Equal(new PixelSpacing(1, 2), geometry.Spacing);
        Assert.Equal<byte>([0, 0, 0, 0, 0, 1], slices[0]);
        Assert.Equal<byte>([0, 0, 0, 3, 0, 0], slices[1]);
    }

    [Fact]
    public async Task Hash_OtherBytesOrOtherMap_IsAnother()
    {
        var (first, second) = (_folder.File("a.nii", "one"), _folder.File("b.nii", "two"));
        Task<string> Hash(string file, Dictionary<uint, uint>? map) => new LabelReader(map).HashAsync(file, Token);

        string[] hashes =
        [
            await Hash(first, null), await Hash(second, null), await Hash(first, new() { [1] = 2 }), await Hash(first, new() { [1] = 2, [2] = 1 }),
        ];

        Assert.Equal(4, hashes.Distinct().Count());
        Assert.Equal(hashes[3], await Hash(first, new() { [2] = 1, [1] = 2 }));
    }

    [Theory]
    [InlineData(-1, 1, "-1")]
    [InlineData(300, 1, "300")]
    [InlineData(1, 0.5, "0.5")]
    public async Task ReadVolume_NoClassIds_NamesFileAndValue(short voxel, double slope, string value)
    {
        var file = Path.Combine(_folder.Path, "labels.nii");
        await File.WriteAllBytesAsync(file, NiftiFile.Write([1, 1, 2], Standing, [0, voxel], slope: slope), Token);

        var error = await Assert.ThrowsAsync<OrganSegException>(() => new LabelReader(null).ReadVolumeAsync(file, Token));

        var violation = Assert.Single(error.Violations);
        Assert.Equal(file, violation.Field);
        Assert.Contains($"holds the value {value};", violation.Description, StringComparison.Ordinal);
    }

    private string Folder(string name, params string[] files)
    {
        var folder = Directory.CreateDirectory(Path.Combine(_folder.Path, name)).FullName;
        foreach (var file in files)
        {
            File.WriteAllBytes(Path.Combine(folder, file), []);
        }

        return folder;
    }
}
