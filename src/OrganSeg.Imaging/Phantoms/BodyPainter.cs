namespace OrganSeg.Imaging.Phantoms;

/// <summary>Paints what is no organ of the schema: couch, wall, bones, lungs, vessels, gut.</summary>
internal sealed class BodyPainter(PhantomPatient patient, PhantomCanvas canvas, double z)
{
    private const double LungStart = 120;

    private readonly Shape _cavity = Shape.Barrel(0, -6, 130, 86);

    /// <summary>How deep a point lies in the abdomen: the cavity, and higher up the two domes of the diaphragm.</summary>
    public double Abdomen(double x, double y)
    {
        var depth = _cavity.Depth(x, y);
        if (z <= LungStart)
        {
            return depth;
        }

        // The domes take over from the cavity as the lungs come down around them.
        var inner = depth - ((z - LungStart) * 1.3);
        foreach (var dome in Domes())
        {
            inner = Math.Max(inner, dome.Depth(x, y));
        }

        return Math.Min(depth, inner);
    }

    public void PaintWall()
    {
        var fat = patient.FatMm;
        var couch = Shape.Ellipse(0, -160, 330, 300 + fat);
        canvas.Paint(couch.And((x, y) => Math.Min(y - 60, 190 - Math.Abs(x))).Without(couch.Grown(-5)), -60);
        var skin = Shape.Barrel(0, 0, 146 + fat, 112 + (fat * 0.75));
        canvas.Paint(skin, 10);
        canvas.Paint(skin.Grown(-2), patient.FatHu, texture: (x, y) => 7 * patient.Fine.At(x, y, z));
        var wall = Shape.Barrel(0, 2, 144, 105);
        canvas.Paint(wall, patient.MuscleHu, texture: MuscleTexture);
        canvas.Paint(wall.Grown(-5).Without(wall.Grown(-6.5)), -20);
        canvas.Paint(_cavity, patient.FatHu, texture: (x, y) =>
        {
            // Mesenteric vessels and strands run through the fat of the belly.
            var strand = patient.Fine.At(x, y, z) + (0.5 * patient.Coarse.At(x + 90, y, z));
            return (8 * strand) + (strand > 0.62 ? Math.Min((strand - 0.62) * 500, 95) : 0);
        });
        PaintLungs();
        PaintRibs();
    }

    public void PaintGut()
    {
        foreach (var loop in patient.Gut)
        {
            if (Shape.Ellipsoid(loop.Shape, z) is not { } section)
            {
                continue;
            }

            section = section.And((x, y) => Abdomen(x, y) - 2);
            canvas.Paint(section, patient.MuscleHu + (20 * patient.Contrast));
            var inner = section.Grown(-3);
            canvas.Paint(inner, loop.ContentsHu, texture: (x, y) => 14 * patient.Fine.At(x, y, z));
            if (loop.HasGas)
            {
                canvas.Paint(inner.And((_, y) => loop.Shape.Y - 2 - y), -850);
            }
        }

        PaintStomach();
    }

    public void PaintSpine()
    {
        foreach (var side in (ReadOnlySpan<int>)[-1, 1])
        {
            canvas.Paint(
                Shape.Ellipse(side * 31, 88, 25, 16, side * -12), patient.MuscleHu, texture: MuscleTexture);
            var psoas = Math.Clamp(16 - ((z - 20) * 0.09), 6, 17);
            if (z < 110)
            {
                canvas.Paint(
                    Shape.Ellipse(side * (22 + psoas), 50, psoas, psoas * 1.25, side * 15),
                    patient.MuscleHu,
                    texture: MuscleTexture);
            }

            canvas.Paint(Shape.Ellipse(side * 25, 72, 15, 4.5, side * 12), patient.BoneHu + 200);
        }

        // Discs lie between the vertebrae every 32 mm.
        var disc = Math.Clamp((Math.Cos(z * 2 * Math.PI / 32) - 0.75) * 8, 0, 1);
        var vertebra = Shape.Ellipse(0, 47, 22, 16.5);
        canvas.Paint(vertebra, patient.BoneHu + 260 - (disc * (patient.BoneHu + 180)));
        canvas.Paint(
            vertebra.Grown(-2.5),
            patient.BoneHu - (disc * (patient.BoneHu - 85)),
            texture: (x, y) => 45 * patient.Fine.At(x * 2, y * 2, z));
        canvas.Paint(Shape.Ellipse(0, 71, 15, 13), patient.BoneHu + 230);
        canvas.Paint(Shape.Ellipse(0, 94, 4, 15), patient.BoneHu + 180);
        canvas.Paint(Shape.Ellipse(0, 70, 10, 8.5), 30);
        PaintGreatVessels();
    }

    private void PaintGreatVessels()
    {
        var aorta = Shape.Ellipse(9, 21, 10, 10);
        canvas.Paint(aorta.Grown(2), patient.FatHu + 20);
        canvas.Paint(aorta, patient.VesselHu + (25 * patient.Contrast));
        if (z < 175)
        {
            var cava = Shape.Ellipse(-21, 22, 12, 9, -15);
            canvas.Paint(cava.Grown(1.5), patient.FatHu + 30);
            canvas.Paint(cava, patient.VesselHu - (10 * patient.Contrast));
        }
    }

    private void PaintStomach()
    {
        if (Shape.Ellipsoid(patient.Stomach, z, patient.StomachWave.Turned(z * 0.01)) is not { } stomach)
        {
            return;
        }

        stomach = stomach.And((x, y) => Abdomen(x, y) - 4);
        canvas.Paint(stomach, patient.MuscleHu + (25 * patient.Contrast));
        var inner = stomach.Grown(-4);
        canvas.Paint(inner, patient.StomachHu, texture: (x, y) => 16 * patient.Coarse.At(x * 2, y * 2, z));
        canvas.Paint(inner.And((_, y) => patient.Stomach.Y - 14 - y), -900);
    }

    private void PaintLungs()
    {
        if (z <= LungStart)
        {
            return;
        }

        canvas.Paint(_cavity.Grown(-3), -860);
        var heart = Math.Sqrt(Math.Clamp((z - 178) / 40, 0, 1));
        if (heart > 0)
        {
            canvas.Paint(
                Shape.Ellipse(20, -38, 62 * heart, 42 * heart, 25), patient.VesselHu, texture: MuscleTexture);
        }

        var abdomen = _cavity with { Depth = Abdomen };
        canvas.Paint(abdomen, patient.MuscleHu);
        canvas.Paint(abdomen.Grown(-2.5), patient.FatHu);
    }

    private IEnumerable<Shape> Domes()
    {
        // Between the lungs: gullet, vessels and fat in front of the spine.
        yield return Shape.Ellipse(0, 32, 30, 38);
        foreach (var (x, y, radiusX, radiusY, top) in
                 ((double, double, double, double, double)[])
                 [(-62, -6, 70, 84, patient.DomeTop + 6), (60, -4, 68, 82, patient.DomeTop - 4)])
        {
            var t = (z - LungStart) / (top - LungStart);
            if (t < 1)
            {
                var k = Math.Sqrt(1 - (t * t));
                yield return Shape.Ellipse(x, y, radiusX * k, radiusY * k);
            }
        }
    }

    // A rib starts high at the spine and runs down towards the front, so a slice cuts each one at another angle.
    private void PaintRibs()
    {
        for (var rib = 0; rib < 10; rib++)
        {
            var degrees = 22 + ((52 + (28 * rib) - z) / 0.9);
            var end = rib switch { 0 => 58, 1 => 88, _ => 138 };
            if (degrees < 22 || degrees > end)
            {
                continue;
            }

            foreach (var side in (ReadOnlySpan<int>)[-1, 1])
            {
                var (sin, cos) = Math.SinCos(degrees * Math.PI / 180);
                var (x, y) = (side * 137 * Math.Sqrt(sin), (98 * Math.Sign(cos) * Math.Sqrt(Math.Abs(cos))) - 2);
                var tangent = Math.Atan2(-y / (98 * 98), side * Math.Abs(x) / (137 * 137)) * 180 / Math.PI;
                var shape = Shape.Ellipse(x * 0.985, y * 0.985, 4.5, 11, -tangent);
                canvas.Paint(shape, patient.BoneHu + 230);
                canvas.Paint(shape.Grown(-2), patient.BoneHu - 40);
            }
        }
    }

    private double MuscleTexture(double x, double y) => 9 * patient.Fine.At(x, y, z);
}
