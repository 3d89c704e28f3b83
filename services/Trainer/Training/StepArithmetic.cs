using OrganSeg.Trainer.Networks;
using OrganSeg.Trainer.Specifications;
using TorchSharp;
using static TorchSharp.torch;

namespace OrganSeg.Trainer.Training;

/// <summary>
/// Lets a network compute in a precision until it is disposed of. TF32 is a switch of the whole process in torch (and on by
/// default in cuDNN), so it is set for no longer than the network computes, and put back.
/// </summary>
internal sealed class StepArithmetic : IDisposable
{
    private readonly SegmentationNetwork _network;
    private readonly ScalarType _type;
    private readonly (bool Products, bool Convolutions)? _tf32;

    public StepArithmetic(SegmentationNetwork network, Precision precision)
    {
        _network = network;
        _type = network.ComputeType;
        network.ComputeType = precision == Precision.Bf16 ? ScalarType.BFloat16 : ScalarType.Float32;
        if (network.Device.type == DeviceType.CUDA)
        {
            _tf32 = (backends.cuda.matmul.allow_tf32, backends.cudnn.allow_tf32);
            Allow(precision == Precision.Tf32, precision == Precision.Tf32);
        }
    }

    public void Dispose()
    {
        _network.ComputeType = _type;
        if (_tf32 is { } before)
        {
            Allow(before.Products, before.Convolutions);
        }
    }

    private static void Allow(bool products, bool convolutions)
    {
        backends.cuda.matmul.allow_tf32 = products;
        backends.cudnn.allow_tf32 = convolutions;
    }
}
