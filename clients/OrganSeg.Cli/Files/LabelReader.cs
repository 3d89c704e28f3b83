using System.Security.Cryptography;
using System.Text;
using OrganSeg.Imaging;
using OrganSeg.Imaging.Volumes;

namespace OrganSeg.Cli.Files;

/// <summary>Reads label maps, and gives their ids the meaning of the label schema.</summary>
/// <param name="map">Id in the file to class id; ids that are not in it are background. Null leaves all as they are.</param>
internal sealed class LabelReader(IReadOnlyDictionary<uint, uint>? map)
{
    // Voxels of a file; its labels take a byte each.
    private const long MaxBytes = 8L << 30;

    // Counts up when files are read differently, so that what was measured of them is measured again.
    private const int Version = 1;

    /// <summary>The map as the command line has it; empty where ids stay as they are.</summary>
    public string Map { get; } = map is null ? "" : string.Join(',', map.OrderBy(pair => pair.Key).Select(pair => $"{pair.Key}={pair.Value}"));

    /// <summary>Identifies what is read from a file: SHA-256, in hexadecimal, of its bytes and of how they are read.</summary>
    public async Task<string> HashAsync(string file, CancellationToken cancellationToken)
    {
        await using var stream = File.OpenRead(file);
        var content = await SHA256.HashDataAsync(stream, cancellationToken);
        return Convert.ToHexStringLower(SHA256.HashData([.. content, .. Encoding.ASCII.GetBytes($"{Version} {Map}")]));
    }

    /// <exception cref="OrganSegException"><see cref="ErrorKind.Invalid"/>, naming the file.</exception>
    public async Task<ByteImage> ReadImageAsync(string file, CancellationToken cancellationToken) =>
        Apply(Png.ReadLabels(await File.ReadAllBytesAsync(file, cancellationToken), file));

    /// <summary>Reads a volume of class ids as axial slices, feet first.</summary>
    /// <exception cref="OrganSegException"><see cref="ErrorKind.Invalid"/>, naming the file.</exception>
    public async Task<(VolumeGeometry Geometry, IReadOnlyList<byte[]> Slices)> ReadVolumeAsync(string file, CancellationToken cancellationToken)
    {
        await using var stream = File.OpenRead(file);
        var volume = (await NiftiVolume.ReadAsync(stream, file, MaxBytes, cancellationToken)).Volume;
        var slices = new byte[volume.SliceCount][];
        for (var i = 0; i < slices.Length; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var (labels, wrong) = volume.Labels(i);
            if (wrong is { } value)
            {
                throw OrganSegException.Invalid(file, $"holds the value {value}; class ids are whole numbers from 0 to 255");
            }

            slices[i] = Apply(labels).Pixels;
        }

        return (volume.Geometry, slices);
    }

    private ByteImage Apply(ByteImage labels)
    {
        if (map is null)
        {
            return labels;
        }

        var ids = new byte[256];
        foreach (var (source, target) in map)
        {
            ids[source] = (byte)target;
        }

        for (var i = 0; i < labels.Pixels.Length; i++)
        {
            labels.Pixels[i] = ids[labels.Pixels[i]];
        }

        return labels;
    }
}
