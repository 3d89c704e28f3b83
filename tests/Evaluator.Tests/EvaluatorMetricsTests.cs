using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using OrganSeg.Inference.Tests.Support;

namespace OrganSeg.Evaluator.Tests;

/// <summary>What is measured of evaluations.</summary>
public sealed class EvaluatorMetricsTests
{
    [Fact]
    public async Task Duration_OfEvaluations_TellsHowTheyEnded()
    {
        await using var fixture = await Fixture.StartAsync();
        var ended = new ConcurrentQueue<string>();
        var active = new ConcurrentQueue<int>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                // Of this test's service: others run beside it.
                if (instrument.Name.StartsWith("organseg.evaluator.", StringComparison.Ordinal)
                    && instrument.Meter.Scope == fixture.Evaluator.Get<IMeterFactory>())
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<double>((_, seconds, tags, _) =>
        {
            Assert.InRange(seconds, 0, 600);
            ended.Enqueue(string.Join(' ', tags.ToArray().Select(tag => $"{tag.Key}={tag.Value}")));
        });
        listener.SetMeasurementEventCallback<int>((_, value, _, _) => active.Enqueue(value));
        listener.SetMeasurementEventCallback<long>((instrument, _, _, _) =>
        {
            // Counted in the middle of an evaluation.
            if (instrument.Name == "organseg.evaluator.slices")
            {
                listener.RecordObservableInstruments();
            }
        });
        listener.Start();
        await fixture.SealAsync(["anna"], 1);
        await GreyModel.PublishAsync(fixture.Models, "grey", GreyModel.Onnx(), TestContext.Current.CancellationToken, trainingCases: ["trained"]);

        await fixture.EvaluateAsync("toy", "grey");
        await fixture.EvaluateFailsAsync("toy", "test", "nobody");

        Assert.Equal(
            ["organseg.evaluation=split organseg.outcome=ok", "organseg.evaluation=split organseg.outcome=Missing"], ended);
        listener.RecordObservableInstruments();
        Assert.Equal([1, 0], active);
    }
}
