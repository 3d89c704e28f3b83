namespace OrganSeg.Imaging;

/// <summary>The CRC-32 of PNG chunks (ISO 3309, reflected polynomial EDB88320), four bytes a step.</summary>
internal static class Crc32
{
    private static readonly uint[][] Tables = MakeTables();

    public static uint Of(ReadOnlySpan<byte> bytes)
    {
        var (t0, t1, t2, t3) = (Tables[0], Tables[1], Tables[2], Tables[3]);
        var crc = uint.MaxValue;
        while (bytes.Length >= 4)
        {
            crc ^= System.Buffers.Binary.BinaryPrimitives.ReadUInt32LittleEndian(bytes);
            crc = t3[(byte)crc] ^ t2[(byte)(crc >> 8)] ^ t1[(byte)(crc >> 16)] ^ t0[crc >> 24];
            bytes = bytes[4..];
        }

        foreach (var value in bytes)
        {
            crc = t0[(byte)crc ^ value] ^ (crc >> 8);
        }

        return ~crc;
    }

    // Table n gives what a byte contributes after n more zero bytes have passed.
    private static uint[][] MakeTables()
    {
        var tables = new uint[4][];
        for (var n = 0; n < tables.Length; n++)
        {
            tables[n] = new uint[256];
            for (var i = 0u; i < 256; i++)
            {
                var crc = n == 0 ? i : tables[n - 1][i];
                for (var bit = 0; bit < 8; bit++)
                {
                    crc = (crc & 1) != 0 ? 0xEDB88320 ^ (crc >> 1) : crc >> 1;
                }

                tables[n][i] = crc;
            }
        }

        return tables;
    }
}
