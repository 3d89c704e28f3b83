using OrganSeg.Imaging;
using OrganSeg.Imaging.Phantoms;

namespace OrganSeg.EndToEnd.Tests;

/// <summary>Phantom patients as PNG folders with a split table, as a user would bring them.</summary>
internal sealed class PhantomFolder
{
    private const int SlicesPerPatient = 6;

    private PhantomFolder(string root) => Root = root;

    public string Root { get; }

    public string Images => Path.Combine(Root, "images");

    public string Labels => Path.Combine(Root, "labels");

    public string Split => Path.Combine(Root, "split.csv");

    /// <summary>Slices of all patients.</summary>
    public int Count { get; private set; }

    public static async Task<PhantomFolder> WriteAsync(string root, int patients, CancellationToken cancellationToken)
    {
        var folder = new PhantomFolder(root);
        Directory.CreateDirectory(folder.Images);
        Directory.CreateDirectory(folder.Labels);
        var table = new List<string> { "case,split" };
        var generator = new PhantomGenerator(seed: 5);
        for (var patient = 0; patient < patients; patient++)
        {
            foreach (var slice in generator.Patient(patient, SlicesPerPatient, size: 128))
            {
                await File.WriteAllBytesAsync(Path.Combine(folder.Images, slice.FileName), Png.WriteGrey(slice.Image), cancellationToken);
                await File.WriteAllBytesAsync(Path.Combine(folder.Labels, slice.FileName), Png.WriteGrey(slice.Labels), cancellationToken);
                folder.Count++;
            }

            var split = patient == patients - 1 ? "test" : patient == patients - 2 ? "validation" : "train";
            table.Add($"phantom{patient:D4},{split}");
        }

        await File.WriteAllLinesAsync(folder.Split, table, cancellationToken);
        return folder;
    }
}
