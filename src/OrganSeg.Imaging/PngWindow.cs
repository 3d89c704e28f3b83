namespace OrganSeg.Imaging;

/// <summary>What the values of 16-bit PNG slices mean, and which of them are shown. Such files say neither.</summary>
/// <param name="ZeroHu">HU of the value 0; each step is 1 HU. −1024 and −32768 are common.</param>
/// <param name="LowHu">HU shown as grey 0.</param>
/// <param name="HighHu">HU shown as grey 255, more than <paramref name="LowHu"/>.</param>
public readonly record struct PngWindow(double ZeroHu, double LowHu, double HighHu)
{
    /// <summary>The grey of each value, rounded, as volumes are windowed.</summary>
    internal byte[] Greys()
    {
        if (!(LowHu < HighHu) || !double.IsFinite(ZeroHu))
        {
            throw new ArgumentException($"The window {LowHu}…{HighHu} from {ZeroHu} on does not rise.");
        }

        var greys = new byte[1 << 16];
        var scale = 255 / (HighHu - LowHu);
        var shift = (ZeroHu - LowHu) * scale;
        for (var value = 0; value < greys.Length; value++)
        {
            greys[value] = (byte)Math.Clamp(Math.Round((value * scale) + shift), 0, 255);
        }

        return greys;
    }
}
