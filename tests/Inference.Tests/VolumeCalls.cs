using Google.Protobuf;
using OrganSeg.V1;

namespace OrganSeg.Inference.Tests;

/// <summary>Whole SegmentVolume calls.</summary>
internal static class VolumeCalls
{
    /// <summary>Sends a file in chunks and puts the answer's chunks together.</summary>
    public static async Task<(VolumeResult Result, byte[] File)> SegmentAsync(
        Fixture fixture, byte[] file, VolumeOptions options, int chunk = 1 << 20)
    {
        var token = TestContext.Current.CancellationToken;
        using var call = fixture.Client.SegmentVolume(cancellationToken: token);
        await call.RequestStream.WriteAsync(new SegmentVolumeRequest { Options = options }, token);
        foreach (var part in file.Chunk(chunk))
        {
            await call.RequestStream.WriteAsync(new SegmentVolumeRequest { Chunk = ByteString.CopyFrom(part) }, token);
        }

        await call.RequestStream.CompleteAsync();
        VolumeResult? result = null;
        using var labels = new MemoryStream();
        while (await call.ResponseStream.MoveNext(token))
        {
            result ??= call.ResponseStream.Current.Result;
            labels.Write(call.ResponseStream.Current.Chunk.Span);
        }

        return (result!, labels.ToArray());
    }
}
