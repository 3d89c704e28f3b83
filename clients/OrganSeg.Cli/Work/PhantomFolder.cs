using System.Text;
using OrganSeg.Cli.Files;
using OrganSeg.Cli.Terminal;
using OrganSeg.Imaging;
using OrganSeg.Imaging.Phantoms;

namespace OrganSeg.Cli.Work;

/// <summary>Phantom patients as files, laid out as a user's own data would be.</summary>
/// <param name="Images">Folder of grey PNG slices.</param>
/// <param name="Labels">Folder of label PNGs with the same names.</param>
/// <param name="Negatives">Folder of slices without organs.</param>
/// <param name="Split">CSV that puts whole patients on one side.</param>
internal sealed record PhantomFolder(string Images, string Labels, string Negatives, string Split)
{
    /// <summary>Patients of each split, slices of each patient, and their size in pixels.</summary>
    internal sealed record Plan(int Train, int Validation, int Test, int Slices, int Negatives, int Size, ulong Seed)
    {
        public int Patients => Train + Validation + Test;

        /// <summary>The split of a patient.</summary>
        public string SplitOf(int patient) =>
            patient < Train ? "train" : patient < Train + Validation ? "validation" : "test";
    }

    /// <summary>Writes the patients of a plan, in place of what an earlier call wrote.</summary>
    public static async Task<PhantomFolder> WriteAsync(
        string folder, Plan plan, IProgressBoard board, CancellationToken cancellationToken)
    {
        var written = new PhantomFolder(
            Path.Combine(folder, "images"), Path.Combine(folder, "labels"), Path.Combine(folder, "negatives"), Path.Combine(folder, "split.csv"));
        foreach (var part in (string[])[written.Images, written.Labels, written.Negatives])
        {
            if (Directory.Exists(part))
            {
                Directory.Delete(part, recursive: true);
            }

            Directory.CreateDirectory(part);
        }

        var done = 0;
        var generator = new PhantomGenerator(plan.Seed);
        await Parallel.ForAsync(0, plan.Patients, cancellationToken, async (patient, token) =>
        {
            foreach (var slice in generator.Patient(patient, plan.Slices, plan.Size))
            {
                await SaveAsync(written.Images, slice.FileName, slice.Image, token);
                await SaveAsync(written.Labels, slice.FileName, slice.Labels, token);
            }

            if (plan.Negatives > 0)
            {
                foreach (var slice in generator.Negatives(patient, plan.Negatives, plan.Size))
                {
                    await SaveAsync(written.Negatives, slice.FileName, slice.Image, token);
                }
            }

            board.Report("drawing phantoms", Interlocked.Increment(ref done), plan.Patients, "patients");
        });
        var csv = new StringBuilder("case,split\n");
        for (var patient = 0; patient < plan.Patients; patient++)
        {
            var name = SliceName.CaseOf(generator.Patient(patient, 1, 32).First().FileName);
            csv.Append(name).Append(',').Append(plan.SplitOf(patient)).Append('\n');
        }

        await AtomicFile.WriteAsync(written.Split, Encoding.UTF8.GetBytes(csv.ToString()), cancellationToken);
        return written;
    }

    private static Task SaveAsync(string folder, string name, ByteImage image, CancellationToken cancellationToken) =>
        File.WriteAllBytesAsync(Path.Combine(folder, name), Png.WriteGrey(image), cancellationToken);
}
