using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using OrganSeg.Evaluator.Metrics;
using OrganSeg.Imaging;
using OrganSeg.Storage;

namespace OrganSeg.Evaluator.Volumes;

/// <summary>
/// Remembers what was measured of volumes until a report is stored: container <c>measurements</c>. A name says all that the
/// measurement follows from: both files, their grid, the label schema, the tolerance and this program; another of these is
/// another name. Nothing depends on them: what cannot be read, written or deleted is told in the log.
/// </summary>
internal sealed partial class MeasurementStore(IObjectStore store, TimeProvider time, ILogger<MeasurementStore> logger)
{
    private const string Container = "measurements";

    // Nobody goes on with a run after so long.
    private static readonly TimeSpan Kept = TimeSpan.FromDays(14);

    private static readonly string Program = typeof(MeasurementStore).Assembly.ManifestModule.ModuleVersionId.ToString();

    /// <summary>Where the measurement of two files lies.</summary>
    public static string NameOf(VolumeSet volume, int model, LabelSchema schema, ScoringSettings settings)
    {
        string[] parts =
        [
            volume.Sha256[0], volume.Sha256[model + 1], Program, volume.Grid, FormattableString.Invariant($"{settings.Tolerance:R}"),
            .. schema.Classes.Select(c => $"{c.Id} {c.Name}"),
        ];
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', parts)))) + ".json.gz";
    }

    /// <summary>What was measured; null where nothing was, or where it cannot be read any more.</summary>
    public async Task<VolumeMeasurement?> TryReadAsync(string name, CancellationToken cancellationToken)
    {
        try
        {
            if (await store.TryReadAllAsync(Container, name, cancellationToken) is not { } packed)
            {
                return null;
            }

            await using var json = new GZipStream(new MemoryStream(packed), CompressionMode.Decompress);
            return await JsonSerializer.DeserializeAsync<VolumeMeasurement>(json, cancellationToken: cancellationToken);
        }
        catch (Exception error) when (error is JsonException or InvalidDataException or OrganSegException)
        {
            // It is measured again; nothing depends on it.
            LogUnreadable(name, error.Message);
            return null;
        }
    }

    /// <summary>Remembers a measurement; a failure to do so does not matter to who is waiting for a report.</summary>
    public async Task WriteAsync(string name, VolumeMeasurement measurement, CancellationToken cancellationToken)
    {
        using var packed = new MemoryStream();
        await using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            await JsonSerializer.SerializeAsync(gzip, measurement, cancellationToken: cancellationToken);
        }

        try
        {
            await store.WriteBytesAsync(Container, name, packed.ToArray(), WriteCondition.Any, cancellationToken);
        }
        catch (OrganSegException error) when (!cancellationToken.IsCancellationRequested)
        {
            LogUnwritten(name, error.Message);
        }
    }

    /// <summary>Forgets measurements, once they are in a report, and those that nobody came back for.</summary>
    public async Task DeleteAsync(IReadOnlyCollection<string> names, CancellationToken cancellationToken)
    {
        try
        {
            var oldest = time.GetUtcNow() - Kept;
            var abandoned = await store.ListAsync(Container, "", cancellationToken)
                .Where(measurement => measurement.LastModified < oldest)
                .Select(measurement => measurement.Name)
                .ToListAsync(cancellationToken);
            foreach (var name in names.Concat(abandoned).Distinct(StringComparer.Ordinal))
            {
                await store.DeleteAsync(Container, name, cancellationToken);
            }
        }
        catch (OrganSegException error)
        {
            LogUndeleted(error.Message);
        }
    }

    [LoggerMessage(4020, LogLevel.Warning, "The measurement {Name} cannot be read and is made again: {Reason}")]
    private partial void LogUnreadable(string name, string reason);

    [LoggerMessage(4022, LogLevel.Warning, "Measurements that are not needed any more could not be deleted: {Reason}")]
    private partial void LogUndeleted(string reason);

    [LoggerMessage(4021, LogLevel.Warning, "The measurement {Name} could not be kept; a run that is cut off makes it again: {Reason}")]
    private partial void LogUnwritten(string name, string reason);
}
