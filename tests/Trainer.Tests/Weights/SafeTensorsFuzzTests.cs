using System.Buffers.Binary;
using System.Diagnostics;
using System.Text;
using OrganSeg.Trainer.Weights;
using static TorchSharp.torch;

namespace OrganSeg.Trainer.Tests.Weights;

/// <summary>Headers nobody would write: the reader takes them or says why not, in time and memory of the file's order.</summary>
public sealed class SafeTensorsFuzzTests
{
    private const int Inputs = 100_000;

    // An entry of 50 bytes of JSON becomes about 300 bytes of objects; an error's texts and stack cost a fixed amount.
    private const int AllocatedPerByte = 12;
    private const int AllocatedAtLeast = 32 << 10;

    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(20);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Read_AnyHeader_IsTakenOrRefusedWithinBounds(int kind)
    {
        var random = new Random(kind);
        var started = Stopwatch.GetTimestamp();
        var taken = 0;
        for (var i = 0; i < Inputs / 3 + 1; i++)
        {
            var file = kind switch
            {
                1 => Mutated(random),
                2 => File(random, Grammar(random)),
                _ => RandomBytes(random),
            };
            taken += Check(file, kind, i) ? 1 : 0;
        }

        // A fuzzer whose inputs are all refused at once tests nothing behind the first check.
        Assert.True(kind == 3 || taken > 100, $"{taken} inputs were taken");
        Assert.InRange(Stopwatch.GetElapsedTime(started), TimeSpan.Zero, Longest);
    }

    [Fact]
    public void Read_ManyTinyTensors_StaysWithinBounds()
    {
        // The shortest entries there are make the most objects of each byte.
        var entries = Enumerable.Range(0, 50_000).Select(i => $$"""
            "{{i:x}}":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}
            """);
        var header = Encoding.UTF8.GetBytes($"{{{string.Join(",", entries)}}}");

        var file = File(header, header.Length, 0);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var count = SafeTensorHeader.Parse(file.AsSpan(8), 0, "w").Entries.Count;
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.Equal(50_000, count);
        Assert.InRange(allocated, 0, AllocatedPerByte * (long)file.Length);
    }

    private static bool Check(byte[] file, int kind, int index)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        SafeTensorHeader? header = null;
        var dataLength = 0L;
        Exception? failure = null;
        try
        {
            var length = SafeTensors.HeaderLength(file.AsSpan(0, Math.Min(8, file.Length)), file.Length, "w");
            dataLength = file.Length - 8 - length;
            header = SafeTensorHeader.Parse(file.AsSpan(8, length), dataLength, "w");
        }
        catch (Exception e)
        {
            failure = e;
        }

        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.True(
            failure is null or OrganSegException { Kind: ErrorKind.Invalid, Violations.Count: 1 },
            $"input {index} of kind {kind}: {failure}\n{Convert.ToBase64String(file)}");
        Assert.True(
            allocated <= AllocatedAtLeast + AllocatedPerByte * (long)file.Length,
            $"input {index} of kind {kind} of {file.Length} bytes made the reader allocate {allocated}");
        if (header is null)
        {
            return false;
        }

        Assert.Equal(dataLength, header.Entries.Sum(entry => entry.End - entry.Begin));
        Assert.All(header.Entries, entry => Assert.InRange(entry.End, entry.Begin, dataLength));
        using var scope = NewDisposeScope();
        var tensors = SafeTensors.Read(file, "w");
        Assert.Equal(dataLength, tensors.Values.Sum(tensor => tensor.numel() * tensor.element_size()));
        return true;
    }

    private static byte[] Mutated(Random random)
    {
        const string Valid =
            """{"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},"é\"b":{"dtype":"I64","shape":[],"data_offsets":[24,32]},"c":{"dtype":"BF16","shape":[0,7],"data_offsets":[32,32]},"d":{"dtype":"U8","shape":[5],"data_offsets":[32,37]}}  """;
        var header = Encoding.UTF8.GetBytes(Valid).ToList();
        for (var change = random.Next(4); change > 0 && header.Count > 1; change--)
        {
            var at = random.Next(header.Count);
            var length = random.Next(1, Math.Min(12, header.Count - at) + 1);
            switch (random.Next(5))
            {
                case 0:
                    header[at] = (byte)random.Next(256);
                    break;
                case 1:
                    header.RemoveRange(at, length);
                    break;
                case 2:
                    header.InsertRange(random.Next(header.Count), header.GetRange(at, length));
                    break;
                case 3:
                    header.InsertRange(at, Encoding.UTF8.GetBytes(Number(random)));
                    break;
                default:
                    header[at] ^= (byte)(1 << random.Next(8));
                    break;
            }
        }

        return File([.. header], header.Count, random.Next(20) == 0 ? random.Next(64) : 37);
    }

    /// <summary>JSON of nearly the right form, with tensors that nearly fill the file.</summary>
    private static string Grammar(Random random)
    {
        string[] types = ["F64", "F32", "F16", "BF16", "I64", "I32", "I16", "I8", "U8", "BOOL"];
        int[] sizes = [8, 4, 2, 2, 8, 4, 2, 1, 1, 1];
        var text = new StringBuilder("{");
        var end = 0L;
        for (var left = random.Next(6); left > 0; left--)
        {
            var type = random.Next(types.Length);
            var shape = Enumerable.Range(0, random.Next(4)).Select(_ => (long)random.Next(4)).ToArray();
            var bytes = shape.Aggregate((long)sizes[type], (product, dimension) => product * dimension);
            var wrong = random.Next(12);
            var name = random.Next(15) == 0 ? "\\ud834" : $"t{random.Next(30)}";
            var dimensions = string.Join(",", wrong == 0 ? [Number(random)] : shape.Select(dimension => $"{dimension}"));
            if (wrong == 6)
            {
                (dimensions, bytes) = ($"0,{Number(random)},{Number(random)}", 0);
            }

            text.Append($$"""
                "{{name}}":{"dtype":"{{(wrong == 1 ? "F8" : types[type])}}","shape":[{{dimensions}}],
                "data_offsets":[{{(wrong == 2 ? Number(random) : $"{end}")}},{{(wrong == 3 ? Number(random) : $"{end + bytes}")}}]
                {{(wrong == 4 ? ",\"x\":" + string.Concat(Enumerable.Repeat("[", random.Next(2000))) : "")}}}
                {{(left > 1 && wrong != 5 ? "," : "")}}
                """);
            end += bytes;
        }

        return text.Append(random.Next(30) == 0 ? "" : "}").Append('|').Append(end).ToString();
    }

    private static string Number(Random random) => random.Next(10) switch
    {
        0 => "9223372036854775807",
        1 => "18446744073709551616",
        2 => "4294967296",
        3 => "-1",
        4 => "1e9",
        5 => "0.5",
        6 => "1" + new string('0', random.Next(400)),
        7 => "4611686018427387904",
        _ => $"{random.Next(100)}",
    };

    private static byte[] File(Random random, string grammar)
    {
        var bar = grammar.LastIndexOf('|');
        var header = Encoding.UTF8.GetBytes(grammar[..bar]);
        return File(header, header.Length, int.Parse(grammar[(bar + 1)..]) + (random.Next(20) == 0 ? 1 : 0));
    }

    private static byte[] File(byte[] header, long length, int data)
    {
        var file = new byte[8 + header.Length + data];
        BinaryPrimitives.WriteInt64LittleEndian(file, length);
        header.CopyTo(file, 8);
        return file;
    }

    private static byte[] RandomBytes(Random random)
    {
        var file = new byte[random.Next(200)];
        random.NextBytes(file);
        if (file.Length > 8 && random.Next(4) > 0)
        {
            // A length that fits, so that the bytes are looked at.
            BinaryPrimitives.WriteInt64LittleEndian(file, random.Next(file.Length - 7));
            file[8] = (byte)'{';
        }

        return file;
    }
}
