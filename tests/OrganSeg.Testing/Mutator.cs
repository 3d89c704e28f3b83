using System.Buffers.Binary;

namespace OrganSeg.Testing;

/// <summary>Damages files the way disks, networks and attackers do, the same from the same seed.</summary>
public sealed class Mutator(Random random)
{
    // Where counts, lengths and signs turn over.
    private static readonly long[] Turns =
        [0, 1, -1, 2, 0x7F, 0x80, 0xFF, 0x100, short.MaxValue, ushort.MaxValue, 0x1_0000, int.MaxValue, int.MinValue, uint.MaxValue, long.MaxValue, long.MinValue];

    /// <summary>A copy of a file with up to four changes, seldom with none.</summary>
    /// <param name="file">Left as it is.</param>
    /// <param name="other">Another file, of which pieces are taken.</param>
    public byte[] Mutate(byte[] file, byte[] other)
    {
        var bytes = new List<byte>(file);
        for (var change = random.Next(10) == 0 ? 0 : random.Next(1, 5); change > 0 && bytes.Count > 0; change--)
        {
            Change(bytes, other);
        }

        return [.. bytes];
    }

    private void Change(List<byte> bytes, byte[] other)
    {
        var at = random.Next(bytes.Count);
        var length = Math.Min(random.Next(1, random.Next(8) == 0 ? 200 : 9), bytes.Count - at);
        switch (random.Next(9))
        {
            case 0:
                bytes[at] ^= (byte)(1 << random.Next(8));
                break;
            case 1:
                bytes[at] = (byte)random.Next(256);
                break;
            case 2 or 3:
                Number(bytes, at);
                break;
            case 4:
                bytes.RemoveRange(at, length);
                break;
            case 5:
                bytes.InsertRange(random.Next(bytes.Count), bytes.GetRange(at, length));
                break;
            case 6:
                bytes.RemoveRange(at, random.Next(20) == 0 ? bytes.Count - at : length);
                break;
            case 7 when other.Length > 0:
                var from = random.Next(other.Length);
                bytes.InsertRange(at, other[from..Math.Min(other.Length, from + length)]);
                break;
            default:
                for (var i = at; i < at + length; i++)
                {
                    bytes[i] = (byte)random.Next(256);
                }

                break;
        }
    }

    /// <summary>Writes a number at which something turns over, of any width in either byte order.</summary>
    private void Number(List<byte> bytes, int at)
    {
        Span<byte> number = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(number, Turns[random.Next(Turns.Length)]);
        number = number[..(1 << random.Next(4))];
        if (random.Next(2) == 0)
        {
            number.Reverse();
        }

        for (var i = 0; i < number.Length && at + i < bytes.Count; i++)
        {
            bytes[at + i] = number[i];
        }
    }
}
