namespace OrganSeg.Imaging.Phantoms;

/// <summary>
/// One slice in the making: Hounsfield units and class ids on a pixel grid. Shapes are given in the coordinates of a
/// standard body (x to the image's right, y to the back, millimetres), which the patient's size and turn place on the
/// grid. What is painted later lies on top.
/// </summary>
internal sealed class PhantomCanvas
{
    private const double LowHu = -125;
    private const double HighHu = 275;

    private readonly int _size;
    private readonly double[] _hu;
    private readonly byte[] _labels;
    private readonly double _pixelMm;

    // Grid to body: x = _x0 + column · _xc + row · _xr, and so for y.
    private readonly double _x0, _xc, _xr, _y0, _yc, _yr;

    public PhantomCanvas(int size, PhantomPatient patient)
    {
        _size = size;
        _hu = new double[size * size];
        _labels = new byte[size * size];
        Array.Fill(_hu, -1000);
        var mm = patient.FieldMm / size;
        var (sin, cos) = Math.SinCos(patient.TurnDegrees * Math.PI / 180);
        (_xc, _xr) = (mm * cos / patient.Wide, mm * sin / patient.Wide);
        (_yc, _yr) = (-mm * sin / patient.Deep, mm * cos / patient.Deep);
        var middle = (size - 1) / 2.0;
        _x0 = patient.OffsetX - (middle * (_xc + _xr));
        _y0 = patient.OffsetY - (middle * (_yc + _yr));
        _pixelMm = mm / Math.Sqrt(patient.Wide * patient.Deep);
    }

    /// <summary>Paints a tissue with soft edges; pixels mostly inside get the class, 0 for no organ.</summary>
    public void Paint(Shape? shape, double hu, byte label = 0, Func<double, double, double>? texture = null)
    {
        if (shape is null)
        {
            return;
        }

        var (left, top, right, bottom) = BoxOf(shape);
        for (var row = top; row <= bottom; row++)
        {
            for (var column = left; column <= right; column++)
            {
                var x = _x0 + (column * _xc) + (row * _xr);
                var y = _y0 + (column * _yc) + (row * _yr);
                var cover = Math.Min((shape.Depth(x, y) / _pixelMm) + 0.5, 1);
                if (cover <= 0)
                {
                    continue;
                }

                var at = (row * _size) + column;
                var tissue = hu + (texture?.Invoke(x, y) ?? 0);
                _hu[at] += (tissue - _hu[at]) * cover;
                if (cover >= 0.5)
                {
                    _labels[at] = label;
                }
            }
        }
    }

    /// <summary>Blurs as a scanner does, adds noise that is correlated between neighbours, and windows to 8 bits.</summary>
    public (ByteImage Image, ByteImage Labels) Finish(double noiseHu, PhantomRandom random)
    {
        var scratch = new double[_hu.Length];
        Smooth(_hu, scratch, 0.22);

        var noise = new double[_hu.Length];
        for (var i = 0; i < noise.Length; i++)
        {
            noise[i] = random.Normal();
        }

        // The smoothing takes away 0.82 of white noise's amplitude in each direction squared; 1/0.44 puts it back.
        Smooth(noise, scratch, 0.2);
        var pixels = new byte[_hu.Length];
        for (var i = 0; i < pixels.Length; i++)
        {
            var hu = _hu[i] + (noise[i] * noiseHu / 0.44);
            pixels[i] = (byte)Math.Round((Math.Clamp(hu, LowHu, HighHu) - LowHu) * 255 / (HighHu - LowHu));
        }

        return (new ByteImage(_size, _size, pixels), new ByteImage(_size, _size, _labels));
    }

    private (int Left, int Top, int Right, int Bottom) BoxOf(Shape shape)
    {
        var determinant = (_xc * _yr) - (_xr * _yc);
        var (dx, dy) = (shape.X - _x0, shape.Y - _y0);
        var column = ((dx * _yr) - (dy * _xr)) / determinant;
        var row = ((dy * _xc) - (dx * _yc)) / determinant;
        var reach = (shape.Reach / Math.Min(Math.Abs(_xc), Math.Abs(_yr))) + 1;
        return (
            Math.Clamp((int)(column - reach), 0, _size - 1),
            Math.Clamp((int)(row - reach), 0, _size - 1),
            Math.Clamp((int)(column + reach) + 1, 0, _size - 1),
            Math.Clamp((int)(row + reach) + 1, 0, _size - 1));
    }

    // Weights (side, 1 − 2·side, side) along rows, then along columns.
    private void Smooth(double[] values, double[] scratch, double side)
    {
        for (var row = 0; row < _size; row++)
        {
            for (var column = 0; column < _size; column++)
            {
                var at = (row * _size) + column;
                var before = column > 0 ? values[at - 1] : values[at];
                var after = column < _size - 1 ? values[at + 1] : values[at];
                scratch[at] = values[at] + (side * (before + after - (2 * values[at])));
            }
        }

        for (var row = 0; row < _size; row++)
        {
            for (var column = 0; column < _size; column++)
            {
                var at = (row * _size) + column;
                var before = row > 0 ? scratch[at - _size] : scratch[at];
                var after = row < _size - 1 ? scratch[at + _size] : scratch[at];
                values[at] = scratch[at] + (side * (before + after - (2 * scratch[at])));
            }
        }
    }
}
