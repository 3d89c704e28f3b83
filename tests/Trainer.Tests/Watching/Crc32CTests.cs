using System.Text;
using OrganSeg.Trainer.Watching;

namespace OrganSeg.Trainer.Tests.Watching;

public sealed class Crc32CTests
{
    // The vectors of RFC 3720, appendix B.4, and the check value that the catalogue of CRCs gives for CRC-32C.
    public static TheoryData<byte[], uint> Vectors => new()
    {
        { new byte[32], 0x8A9136AA },
        { [.. Enumerable.Repeat((byte)0xFF, 32)], 0x62A8AB43 },
        { [.. Enumerable.Range(0, 32).Select(i => (byte)i)], 0x46DD794E },
        { [.. Enumerable.Range(0, 32).Select(i => (byte)(31 - i))], 0x113FDB5C },
        { Encoding.ASCII.GetBytes("123456789"), 0xE3069283 },
    };

    [Theory]
    [MemberData(nameof(Vectors))]
    public void Of_KnownVector_IsTheKnownValue(byte[] bytes, uint expected) => Assert.Equal(expected, Crc32C.Of(bytes));
}
