namespace OrganSeg.Imaging.Phantoms;

/// <summary>Paints the four organs of <see cref="LabelSchema.Abdomen"/> with what lies inside and around them.</summary>
internal sealed class OrganPainter(PhantomPatient patient, PhantomCanvas canvas, BodyPainter body, double z)
{
    private const byte Liver = 1;
    private const byte Kidney = 2;
    private const byte Spleen = 3;
    private const byte Pancreas = 4;

    // The pancreas is flattened less than its distance from the centre line says: slices along z see more of it.
    private const double PancreasStretchZ = 0.55;

    public void PaintLiver()
    {
        var wave = patient.LiverWave.Turned(z * 0.008);
        // The lower tip lies at the flank.
        var drift = Math.Clamp((110 - z) * 0.2, 0, 18);
        var right = patient.RightLobe with { X = patient.RightLobe.X - drift };
        var section = Shape.Ellipsoid(right, z, wave);
        var left = Shape.Ellipsoid(patient.LeftLobe, z, wave);
        if ((section?.Join(left, 18) ?? left) is not { } liver)
        {
            return;
        }

        liver = liver
            .And((x, y) => body.Abdomen(x, y) - 4)
            .Without(Shape.Ellipse(14, 22, 42, 46))
            .And((x, y) => z > 185 ? double.MaxValue : 60 - (0.45 * y) - x);
        canvas.Paint(liver, patient.LiverHu, Liver, (x, y) => Texture(x, y, 6) + (Vessels(x, y) * 0.55));
        if (z is > 55 and < 105)
        {
            var k = Math.Sqrt(1 - Math.Pow((z - 80) / 25, 2));
            canvas.Paint(Shape.Ellipse(-52, -42, 15 * k, 22 * k, 20), 12);
        }
    }

    public void PaintSpleen()
    {
        if (Shape.Ellipsoid(patient.Spleen, z, patient.SpleenWave.Turned(z * 0.01)) is not { } spleen)
        {
            return;
        }

        spleen = spleen
            .And((x, y) => body.Abdomen(x, y) - 4)
            .Without(Shape.Ellipse(patient.Spleen.X - 46, patient.Spleen.Y - 18, 32, 42, -20));
        canvas.Paint(spleen.Grown(3), patient.FatHu);
        canvas.Paint(spleen, patient.SpleenHu, Spleen, (x, y) => Texture(x + 300, y, 6));
    }

    public void PaintKidneys()
    {
        foreach (var whole in patient.Kidneys)
        {
            // The upper poles lean towards the spine.
            var side = Math.Sign(whole.X);
            var kidney = whole with { X = whole.X - (side * (z - whole.Z) * 0.13) };
            if (Shape.Ellipsoid(kidney, z, patient.KidneyWave.Turned(side + (z * 0.01))) is not { } section)
            {
                continue;
            }

            canvas.Paint(section.Grown(7), patient.FatHu, texture: (x, y) => 6 * patient.Fine.At(x, y, z));
            canvas.Paint(section, patient.KidneyHu, Kidney, (x, y) =>
            {
                // The medulla takes up contrast later than the cortex.
                var deep = section.Depth(x, y) > 7 && patient.Fine.At(x * 0.8, y * 0.8, z) > -0.1;
                return Texture(x, y, 5) - (deep ? 32 * patient.Contrast : 0);
            });
            var open = 1 - Math.Pow((z - whole.Z) / 24, 2);
            if (open > 0)
            {
                var k = Math.Sqrt(open);
                canvas.Paint(
                    Shape.Ellipse(kidney.X - (side * 14), kidney.Y - 9, 15 * k, 8 * k, side * 35),
                    patient.FatHu + 30,
                    texture: (x, y) => patient.Fine.At(x, y, z) > 0.3 ? 80 : 0);
            }
        }
    }

    public void PaintPancreas()
    {
        var centre = patient.Pancreas[2];
        canvas.Paint(TubeShape(7, -1.5), patient.FatHu, texture: (x, y) => 6 * patient.Fine.At(x, y, z));
        if (z is > 60 and < 112)
        {
            canvas.Paint(
                Shape.Ellipse(patient.Pancreas[0].X - 24, patient.Pancreas[0].Y + 3, 10, 13, 10),
                patient.MuscleHu - 8,
                texture: (x, y) => Texture(x, y, 12));
        }

        // The splenic vein follows the back of the gland.
        canvas.Paint(TubeShape(9.5, -9), patient.VesselHu - 5);
        canvas.Paint(
            TubeShape(0, 0), patient.PancreasHu, Pancreas, (x, y) => Texture(x - 200, y, 9));
        canvas.Paint(Shape.Ellipse(centre.X + 12, centre.Y + 21, 4.5, 4.5), patient.VesselHu + 5);
    }

    /// <summary>
    /// The section of the tube along the pancreas, shifted backwards and with another radius; lobulated by noise.
    /// </summary>
    private Shape TubeShape(double back, double wider)
    {
        var points = patient.Pancreas;
        return new Shape(points[3].X - 5, points[3].Y, 90, (x, y) =>
        {
            var depth = double.MinValue;
            for (var i = 1; i < points.Count; i++)
            {
                depth = Math.Max(depth, SegmentDepth(points[i - 1], points[i], x, y - back));
            }

            // Far from the edge the lobules change nothing, and most of the field is far.
            depth += wider;
            return Math.Abs(depth) > 5 ? depth : depth + (1.8 * patient.Fine.At(x * 0.9, y * 0.9, z));
        });
    }

    private double SegmentDepth(TubePoint a, TubePoint b, double x, double y)
    {
        var (dx, dy, dz) = (b.X - a.X, b.Y - a.Y, (b.Z - a.Z) * PancreasStretchZ);
        var (px, py, pz) = (x - a.X, y - a.Y, (z - a.Z) * PancreasStretchZ);
        var t = Math.Clamp(
            ((px * dx) + (py * dy) + (pz * dz)) / ((dx * dx) + (dy * dy) + (dz * dz)), 0, 1);
        var (ex, ey, ez) = (px - (t * dx), py - (t * dy), pz - (t * dz));
        var distance = Math.Sqrt((ex * ex) + (ey * ey) + (ez * ez));
        return a.Radius + (t * (b.Radius - a.Radius)) - distance;
    }

    private double Texture(double x, double y, double hu) =>
        hu * ((0.6 * patient.Coarse.At(x, y, z)) + (0.7 * patient.Fine.At(x, y, z)));

    // Where the noise crosses zero lie surfaces; their thin sections look like branching veins.
    private double Vessels(double x, double y)
    {
        var near = Math.Abs(patient.Coarse.At(x * 0.7, y * 0.7, z * 0.7) + 0.35);
        return near < 0.09 ? (patient.VesselHu - patient.LiverHu) * (1 - (near / 0.09)) : 0;
    }
}
