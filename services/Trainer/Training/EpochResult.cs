using System.Text.Json.Serialization;
using OrganSeg.Trainer.Specifications;

namespace OrganSeg.Trainer.Training;

/// <summary>One epoch, validated.</summary>
/// <param name="Epoch">1 for the first.</param>
/// <param name="Epochs">Epochs planned, or 0 when only minutes bound the run.</param>
/// <param name="TrainLoss">Mean loss of the epoch's steps.</param>
/// <param name="ValidationLoss">Mean loss on the validation split; null without one.</param>
/// <param name="ValidationF1">F1 pooled over the validation split's pixels, by organ, undefined ones left out.</param>
/// <param name="Best">Whether this epoch is the best so far.</param>
/// <param name="Seconds">Seconds the epoch took, validation included.</param>
internal sealed record EpochResult(
    int Epoch,
    int Epochs,
    double TrainLoss,
    double? ValidationLoss,
    IReadOnlyDictionary<string, double> ValidationF1,
    bool Best,
    double Seconds)
{
    /// <summary>Seconds of these that training waited for its batches.</summary>
    public double WaitSeconds { get; init; }

    /// <summary>
    /// Memory of the process at the end of the epoch, bytes; 0 where it is not known. For those who watch: it is never stored,
    /// since it differs between runs that are equal otherwise.
    /// </summary>
    [JsonIgnore]
    public long MemoryBytes { get; init; }

    /// <summary>Part of the epoch that training waited for its batches.</summary>
    [JsonIgnore]
    public double WaitShare => Seconds > 0 ? WaitSeconds / Seconds : 0;

    /// <summary>Mean of the defined F1 values; null when there is none.</summary>
    [JsonIgnore]
    public double? MeanF1 => ValidationF1.Count == 0 ? null : ValidationF1.Values.Average();

    /// <summary>
    /// By this the best epoch is chosen, higher being better. Where no F1 is defined the validation loss decides, and
    /// without a validation split the later epoch is the better.
    /// </summary>
    public double Score(BestBy by) => by switch
    {
        BestBy.ValidationLoss => -ValidationLoss ?? Epoch,
        BestBy.WorstF1 when ValidationF1.Count > 0 => ValidationF1.Values.Min(),
        _ => MeanF1 ?? -ValidationLoss ?? Epoch,
    };
}
