using System.Buffers.Binary;
using System.Text;
using OrganSeg.Trainer.Tests.Support;
using OrganSeg.Trainer.Weights;
using static TorchSharp.torch;

namespace OrganSeg.Trainer.Tests.Weights;

public sealed class SafeTensorsTests
{
    [Fact]
    public void Read_WhatWriteWrote_IsTheSame()
    {
        using var scope = NewDisposeScope();
        var tensors = new Dictionary<string, Tensor>
        {
            ["bytes"] = tensor(new byte[] { 1, 2, 255 }),
            ["floats"] = rand([2, 3, 4, 5], float32).permute(0, 2, 3, 1),
            ["doubles"] = rand([7], float64),
            ["half"] = rand([3], float32).to(float16),
            ["counter"] = tensor(long.MinValue),
            ["flags"] = tensor(new[] { true, false }),
            ["empty"] = zeros([0, 4], float32),
        };

        var read = SafeTensors.Read(SafeTensors.Write(tensors), "w.safetensors");

        Assert.Equal(tensors.Keys.Order(), read.Keys.Order());
        Assert.All(tensors, pair =>
        {
            Assert.Equal(pair.Value.dtype, read[pair.Key].dtype);
            Assert.Equal(pair.Value.shape, read[pair.Key].shape);
            Assert.True(pair.Value.equal(read[pair.Key]).all().item<bool>());
        });
    }

    [Fact]
    public void Read_FileMadeByHand_HasItsValues()
    {
        using var scope = NewDisposeScope();
        var file = FileOf(
            """{"__metadata__":{"format":"pt"},"b":{"dtype":"U8","shape":[1],"data_offsets":[8,9]},"a":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]}}  """,
            [0, 0, 0x80, 0x3F, 0, 0, 0, 0xC0, 7]);

        var read = SafeTensors.Read(file, "w.safetensors");

        Assert.Equal([1f, -2f], read["a"].data<float>().ToArray());
        Assert.Equal([2, 1], read["a"].shape);
        Assert.Equal(7, read["b"].item<byte>());
    }

    [Theory]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", "overlaps")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", "gap")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", "after its last tensor")]
    [InlineData("""{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}""", "truncated")]
    [InlineData("""{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}""", "F32 [3]")]
    [InlineData("""{"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}""", "shape")]
    [InlineData("""{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,8]}}""", "8 bytes")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}""", "begin and an end")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0]}}""", "begin and an end")]
    [InlineData("""{"a":{"dtype":"Q4","shape":[2],"data_offsets":[0,8]}}""", "dtype Q4")]
    [InlineData("""{"a":{"shape":[2],"data_offsets":[0,8]}}""", "dtype missing")]
    [InlineData("""{"a":[]}""", "object")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2.5],"data_offsets":[0,8]}}""", "shape")]
    [InlineData("""{"a":{"dtype":"F32","shape":["2"],"data_offsets":[0,8]}}""", "shape")]
    [InlineData("""{"a":{"dtype":"F32","shape":2,"data_offsets":[0,8]}}""", "no list")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,2],"data_offsets":[0,8]}}""", "more than 16")]
    [InlineData("""{"a":{"dtype":"F32","data_offsets":[0,8]}}""", "no shape")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2]}}""", "begin and an end")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8,8]}}""", "more than 2")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,99999999999999999999]}}""", "whole numbers")]
    [InlineData("""{"a":{"dtype":"F32","dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", "dtype twice")]
    [InlineData("""{"a":{"dtype":7,"shape":[2],"data_offsets":[0,8]}}""", "no text")]
    [InlineData("""{"__metadata__":{"n":1},"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", "__metadata__")]
    [InlineData("""{"__metadata__":[],"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", "__metadata__")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}} x""", "JSON")]
    [InlineData("""{"\ud800":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", "JSON")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8],"more":[[[[[[[[[[1]]]]]]]]]]}}""", "JSON")]
    [InlineData("""[]""", "object")]
    [InlineData("""{"a":""", "JSON")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", "twice")]
    public void Read_MalformedHeader_SaysWhatAndWhere(string header, string expected)
    {
        var error = Assert.Throws<OrganSegException>(() => SafeTensors.Read(FileOf(header, new byte[8]), "w.safetensors"));

        Assert.Equal(ErrorKind.Invalid, error.Kind);
        var violation = Assert.Single(error.Violations);
        Assert.Equal("w.safetensors", violation.Field);
        Assert.Contains(expected, violation.Description);
    }

    [Fact]
    public void Read_HeaderAboveTheLimit_IsInvalid()
    {
        // The length alone decides, so the header need not be JSON.
        var prefix = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(prefix, SafeTensorHeader.MaxBytes + 1);

        var error = Assert.Throws<OrganSegException>(() => SafeTensors.HeaderLength(prefix, 1L << 40, "w.safetensors"));

        Assert.Contains("at most 100000000", error.Message);
    }

    [Fact]
    public void Read_NameOfAnyLength_IsShortenedInTheError()
    {
        var name = new string('n', 100_000);

        var error = Assert.Throws<OrganSegException>(() => SafeTensors.Read(
            FileOf($$$"""{"{{{name}}}":{"dtype":"Q4","shape":[2],"data_offsets":[0,8]}}""", new byte[8]), "w.safetensors"));

        Assert.InRange(error.Message.Length, 100, 400);
    }

    [Fact]
    public void Header_Metadata_IsRead()
    {
        using var scope = NewDisposeScope();
        var file = SafeTensors.Write(
            new Dictionary<string, Tensor> { ["a"] = zeros(1) }, new Dictionary<string, string> { ["maker"] = "é\"\u0001" });
        var length = SafeTensors.HeaderLength(file.AsSpan(0, 8), file.Length, "w");

        var header = SafeTensorHeader.Parse(file.AsSpan(8, length), file.Length - 8 - length, "w");

        Assert.Equal("é\"\u0001", header.Metadata["maker"]);
        Assert.Equal("pt", header.Metadata["format"]);
        Assert.Equal(0, length % 8);
    }

    [Fact]
    public void File_OfEveryType_ReadsTensorByTensor()
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        var tensors = EveryType();
        var path = Path.Combine(folder.Path, "w.safetensors");
        File.WriteAllBytes(path, SafeTensors.Write(tensors));
        using var handle = File.OpenHandle(path);

        var file = new SafeTensorFile(handle, "w.safetensors");

        Assert.Equal(tensors.Keys.Order(), file.Header.Entries.Select(entry => entry.Name).Order());
        Assert.All(file.Header.Entries, entry =>
        {
            // Every tensor lies aligned to its own element size.
            Assert.Equal(0, entry.Begin % entry.Type.Size);
            using var read = file.Read(entry);
            Assert.Equal(tensors[entry.Name].dtype, read.dtype);
            Assert.Equal(tensors[entry.Name].shape, read.shape);
            Assert.True(tensors[entry.Name].equal(read).all().item<bool>());
        });
    }

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    [InlineData(100)]
    public void File_Truncated_IsInvalid(int length)
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        var path = Path.Combine(folder.Path, "w.safetensors");
        File.WriteAllBytes(path, SafeTensors.Write(EveryType())[..length]);
        using var handle = File.OpenHandle(path);

        var error = Assert.Throws<OrganSegException>(() => new SafeTensorFile(handle, "w.safetensors"));

        Assert.Equal(ErrorKind.Invalid, error.Kind);
    }

    [Theory]
    [InlineData(new byte[] { 1, 2, 3 })]
    [InlineData(new byte[] { 9, 0, 0, 0, 0, 0, 0, 0, 0x7B, 0x7D })]
    [InlineData(new byte[] { 255, 255, 255, 255, 255, 255, 255, 255, 0x7B, 0x7D })]
    public void Read_HeaderLongerThanTheFile_IsInvalid(byte[] file)
    {
        var error = Assert.Throws<OrganSegException>(() => SafeTensors.Read(file, "w.safetensors"));

        Assert.Equal(ErrorKind.Invalid, error.Kind);
    }

    /// <summary>A tensor of each type of the format that networks use, an empty one and scalars.</summary>
    internal static Dictionary<string, Tensor> EveryType() => new()
    {
        ["f64"] = tensor(new[] { 0.1, -1e300 }),
        ["f32"] = tensor(new[] { 0.1f, float.MaxValue, -0f, float.PositiveInfinity }).reshape(2, 2),
        ["f16"] = tensor(new[] { 0.1f, 65504f, -2f }).to(float16),
        ["bf16"] = tensor(new[] { 0.1f, 3e38f, -2f }).to(bfloat16),
        ["i64"] = tensor(long.MinValue),
        ["i32"] = tensor(new[] { int.MinValue, 7 }),
        ["i16"] = tensor(new short[] { short.MinValue, 7, 8 }),
        ["i8"] = tensor(new sbyte[] { sbyte.MinValue, 7, 8 }),
        ["u8"] = tensor(new byte[] { 255, 7, 8 }),
        ["bool"] = tensor(new[] { true, false, true }),
        ["empty"] = zeros([0, 4], float32),
        ["scalar"] = tensor(2.5f),
        ["strided"] = arange(24, float32).reshape(2, 3, 4).permute(0, 2, 1),
        ["näme \"with\" all\n"] = tensor(1L),
    };

    private static byte[] FileOf(string header, byte[] data)
    {
        var text = Encoding.UTF8.GetBytes(header);
        var file = new byte[8 + text.Length + data.Length];
        BinaryPrimitives.WriteInt64LittleEndian(file, text.Length);
        text.CopyTo(file, 8);
        data.CopyTo(file, 8 + text.Length);
        return file;
    }
}
