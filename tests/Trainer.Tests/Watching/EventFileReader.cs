using System.Buffers.Binary;
using Google.Protobuf;
using Tensorboard;

namespace OrganSeg.Trainer.Tests.Watching;

/// <summary>Reads event files with messages generated from TensorFlow's own definitions, which TorchSharp carries.</summary>
internal static class EventFileReader
{
    public static IReadOnlyList<Event> Read(ReadOnlySpan<byte> file)
    {
        var events = new List<Event>();
        while (!file.IsEmpty)
        {
            var length = (int)BinaryPrimitives.ReadUInt64LittleEndian(file);
            Assert.Equal(Masked(file[..8]), BinaryPrimitives.ReadUInt32LittleEndian(file[8..]));
            Assert.Equal(Masked(file.Slice(12, length)), BinaryPrimitives.ReadUInt32LittleEndian(file[(12 + length)..]));
            var happened = new Event();
            using (var input = new CodedInputStream(file.Slice(12, length).ToArray()))
            {
                happened.MergeFrom(input);
            }

            events.Add(happened);
            file = file[(16 + length)..];
        }

        return events;
    }

    public static IEnumerable<(string Tag, float Value)> Scalars(Event happened) =>
        happened.Summary?.Value.Select(value => (value.Tag, value.SimpleValue)) ?? [];

    // Bit by bit, as the format's description has it.
    private static uint Masked(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        foreach (var value in bytes)
        {
            crc ^= value;
            for (var bit = 0; bit < 8; bit++)
            {
                crc = (crc & 1) != 0 ? (crc >> 1) ^ 0x82F63B78 : crc >> 1;
            }
        }

        crc = ~crc;
        return unchecked(((crc >> 15) | (crc << 17)) + 0xA282EAD8);
    }
}
