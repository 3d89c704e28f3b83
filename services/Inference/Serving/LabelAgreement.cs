using OrganSeg.Imaging;

namespace OrganSeg.Inference.Serving;

/// <summary>How far two label maps of one slice say the same.</summary>
internal sealed class LabelAgreement
{
    // Of every value a pixel can have, so that a model with ids of no class is compared too.
    private readonly long[] _sizes = new long[byte.MaxValue + 1];
    private readonly long[] _common = new long[byte.MaxValue + 1];

    private LabelAgreement()
    {
    }

    /// <summary>Part of the pixels, background included, that have the same class in both; 0 to 1.</summary>
    public double Pixels => _common.Sum() / (_sizes.Sum() / 2.0);

    /// <param name="left">Class ids.</param>
    /// <param name="right">Class ids, of the same width and height.</param>
    public static LabelAgreement Of(ByteImage left, ByteImage right)
    {
        var agreement = new LabelAgreement();
        var (a, b) = (left.Pixels, right.Pixels);
        for (var i = 0; i < a.Length; i++)
        {
            agreement._sizes[a[i]]++;
            agreement._sizes[b[i]]++;
            agreement._common[a[i]] += a[i] == b[i] ? 1 : 0;
        }

        return agreement;
    }

    /// <summary>2·|A ∩ B| / (|A| + |B|) of a class, 0 to 1; null where neither has any pixel of it.</summary>
    public double? Dice(byte id) => _sizes[id] == 0 ? null : 2.0 * _common[id] / _sizes[id];
}
