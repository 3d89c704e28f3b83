using System.Buffers.Binary;
using System.Text;
using OrganSeg.Trainer.Weights;
using static TorchSharp.torch;

namespace OrganSeg.Trainer.Tests.Networks;

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
    [InlineData("""[]""", "object")]
    [InlineData("""{"a":""", "JSON")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", "JSON")]
    public void Read_MalformedHeader_SaysWhatAndWhere(string header, string expected)
    {
        var error = Assert.Throws<OrganSegException>(() => SafeTensors.Read(FileOf(header, new byte[8]), "w.safetensors"));

        Assert.Equal(ErrorKind.Invalid, error.Kind);
        Assert.Contains("w.safetensors", error.Message);
        Assert.Contains(expected, error.Message);
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

    [Fact]
    public void Read_DamagedFiles_AreReadOrRefused()
    {
        using var scope = NewDisposeScope();
        var valid = SafeTensors.Write(new Dictionary<string, Tensor> { ["a"] = zeros(2, 3), ["é\"b"] = zeros(1, int64) });
        var random = new Random(7);
        for (var i = 0; i < 20_000; i++)
        {
            var file = valid[..(random.Next(4) == 0 ? random.Next(valid.Length + 1) : valid.Length)];
            for (var change = random.Next(4); change >= 0 && file.Length > 0; change--)
            {
                file[random.Next(file.Length)] = (byte)random.Next(256);
            }

            using var inner = NewDisposeScope();
            try
            {
                SafeTensors.Read(file, "w.safetensors");
            }
            catch (OrganSegException e)
            {
                Assert.Equal(ErrorKind.Invalid, e.Kind);
            }
        }
    }

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
