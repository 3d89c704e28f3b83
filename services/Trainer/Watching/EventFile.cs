using System.Buffers.Binary;
using System.Globalization;
using Google.Protobuf;
using OrganSeg.Trainer.Runs;
using OrganSeg.Trainer.Training;

namespace OrganSeg.Trainer.Watching;

/// <summary>
/// A run's journal as a TensorBoard event file: TFRecords, each an <c>Event</c> message of scalars. Written whole from the
/// journal each time, so that a resumed run's file has no step twice.
/// </summary>
internal static class EventFile
{
    private const string FileVersion = "brain.Event:2";

    // Field numbers of TensorFlow's event.proto and summary.proto.
    private const int WallTime = 1;
    private const int Step = 2;
    private const int Version = 3;
    private const int Summary = 5;
    private const int SummaryValue = 1;
    private const int Tag = 1;
    private const int SimpleValue = 2;

    /// <summary>TensorBoard knows event files by this beginning; the rest keeps the name the same over the run's life.</summary>
    public static string NameOf(DateTimeOffset createdAt) =>
        string.Create(CultureInfo.InvariantCulture, $"events.out.tfevents.{createdAt.ToUnixTimeSeconds()}.organseg");

    /// <param name="entries">The journal.</param>
    /// <param name="createdAt">The run's beginning, to which the entries' seconds are added.</param>
    public static byte[] Write(IEnumerable<RunEntry> entries, DateTimeOffset createdAt)
    {
        using var file = new MemoryStream();
        var began = createdAt.ToUnixTimeMilliseconds() / 1000.0;
        Record(file, Event(began, 0, output =>
        {
            output.WriteTag(Version, WireFormat.WireType.LengthDelimited);
            output.WriteString(FileVersion);
        }));
        var step = 0L;
        foreach (var entry in entries)
        {
            step = entry.Batch?.Step ?? step;
            var scalars = ScalarsOf(entry).ToArray();
            if (scalars.Length > 0)
            {
                Record(file, Event(began + entry.Seconds, step, output =>
                {
                    output.WriteTag(Summary, WireFormat.WireType.LengthDelimited);
                    output.WriteBytes(ByteString.CopyFrom(Values(scalars)));
                }));
            }
        }

        return file.ToArray();
    }

    private static IEnumerable<(string Tag, double Value)> ScalarsOf(RunEntry entry) => entry switch
    {
        { Batch: { } batch } => OfBatch(batch),
        { Epoch: { } epoch } => OfEpoch(epoch),
        _ => [],
    };

    private static IEnumerable<(string Tag, double Value)> OfBatch(StepResult batch) =>
    [
        ("batch/loss", batch.Loss),
        ("batch/learning_rate", batch.LearningRate),
        ("batch/gradient_norm", batch.GradientNorm),
        ("batch/images_per_second", batch.ImagesPerSecond),
    ];

    private static IEnumerable<(string Tag, double Value)> OfEpoch(EpochResult epoch)
    {
        yield return ("loss/train", epoch.TrainLoss);
        if (epoch.ValidationLoss is { } loss)
        {
            yield return ("loss/validation", loss);
        }

        foreach (var (organ, f1) in epoch.ValidationF1)
        {
            yield return ($"f1/{organ}", f1);
        }

        if (epoch.MeanF1 is { } mean)
        {
            yield return ("f1/mean", mean);
        }

        yield return ("epoch/number", epoch.Epoch);
        yield return ("epoch/seconds", epoch.Seconds);
        yield return ("epoch/wait_seconds", epoch.WaitSeconds);
    }

    private static byte[] Values(IEnumerable<(string Tag, double Value)> scalars) => Message(summary =>
    {
        foreach (var (tag, value) in scalars)
        {
            summary.WriteTag(SummaryValue, WireFormat.WireType.LengthDelimited);
            summary.WriteBytes(ByteString.CopyFrom(Message(output =>
            {
                output.WriteTag(Tag, WireFormat.WireType.LengthDelimited);
                output.WriteString(tag);
                output.WriteTag(SimpleValue, WireFormat.WireType.Fixed32);
                output.WriteFloat((float)value);
            })));
        }
    });

    private static byte[] Event(double wallTime, long step, Action<CodedOutputStream> writeContent) => Message(output =>
    {
        output.WriteTag(WallTime, WireFormat.WireType.Fixed64);
        output.WriteDouble(wallTime);
        output.WriteTag(Step, WireFormat.WireType.Varint);
        output.WriteInt64(step);
        writeContent(output);
    });

    private static byte[] Message(Action<CodedOutputStream> write)
    {
        using var bytes = new MemoryStream();
        using (var output = new CodedOutputStream(bytes, leaveOpen: true))
        {
            write(output);
        }

        return bytes.ToArray();
    }

    /// <summary>Length, its checksum, the data, its checksum; all little-endian.</summary>
    private static void Record(MemoryStream file, ReadOnlySpan<byte> data)
    {
        Span<byte> number = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(number, (ulong)data.Length);
        file.Write(number);
        BinaryPrimitives.WriteUInt32LittleEndian(number, Crc32C.Masked(number));
        file.Write(number[..sizeof(uint)]);
        file.Write(data);
        BinaryPrimitives.WriteUInt32LittleEndian(number, Crc32C.Masked(data));
        file.Write(number[..sizeof(uint)]);
    }
}
