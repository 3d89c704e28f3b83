using System.Security.Cryptography;
using System.Text;

namespace OrganSeg.Ingest.Privacy;

/// <summary>
/// Names that stand for patients and series and tell nothing of them: HMAC-SHA-256 (RFC 2104) of what identifies them, so
/// that without the secret not even a guess can be confirmed.
/// </summary>
internal sealed class Pseudonyms(byte[] key)
{
    private const int Characters = 16;

    /// <summary>The patient of a DICOM series.</summary>
    public string OfPatient(string patient) => "p" + Hash("patient", patient);

    /// <summary>The case of a DICOM series: its patient's pseudonym and its own.</summary>
    public string OfSeries(string patient, string series) => $"{OfPatient(patient)}-{Hash("series", patient, series)}";

    /// <summary>A case that a file name names.</summary>
    public string OfCase(string name) => "c" + Hash("case", name);

    private string Hash(string kind, params ReadOnlySpan<string> parts)
    {
        using var hash = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, key);
        Append(hash, kind);
        foreach (var part in parts)
        {
            Append(hash, part);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset())[..Characters];
    }

    // With its length before it, no part can run over into the next.
    private static void Append(IncrementalHash hash, string part)
    {
        var bytes = Encoding.UTF8.GetBytes(part);
        hash.AppendData(BitConverter.GetBytes(bytes.Length));
        hash.AppendData(bytes);
    }
}
