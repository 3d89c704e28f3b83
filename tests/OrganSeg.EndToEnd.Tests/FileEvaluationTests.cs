using System.Text.Json;
using OrganSeg.Testing;

namespace OrganSeg.EndToEnd.Tests;

/// <summary>Label volumes of other origin, from files to a report, over real processes.</summary>
public sealed class FileEvaluationTests
{
    private const int Side = 24;

    // Columns of the file run to the patient's right here and to the left there; both lie at the same place.
    private static readonly double[] Right = [2, 0, 0, 0, 0, 2, 0, 0, 0, 0, 3, 0];
    private static readonly double[] Left = [-2, 0, 0, 2 * (Side - 1), 0, 2, 0, 0, 0, 0, 3, 0];

    [Fact(Timeout = 5 * 60 * 1000)]
    public async Task Evaluate_FoldersOfNifti_MetricsInMillimetresOrTheFileThatIsWrong()
    {
        var token = TestContext.Current.CancellationToken;
        using var work = new TemporaryFolder();
        var organseg = new CommandLine(work.PathOf("home"), $"folder={work.PathOf("store")}");
        var (truth, good, shifted) = (work.PathOf("truth"), work.PathOf("good"), work.PathOf("shifted"));
        foreach (var name in (string[])["a", "b", "c"])
        {
            await WriteAsync(truth, $"{name}.nii", Ball(0, 1), Right, token);
            // The same voxels, stored mirrored, under the ids of another program.
            await WriteAsync(good, $"{name}.nii", Mirrored(Ball(0, 5)), Left, token);
            await WriteAsync(shifted, $"{name}.nii", Ball(3, 5), Right, token);
        }

        string[] command = ["evaluate", "--predictions", good, "--predictions", shifted, "--reference", truth, "--map", "5=1", "--json"];
        var json = (await organseg.RunAsync(token, [.. command, "--report", work.PathOf("report")])).Json();

        var models = json.GetProperty("report").GetProperty("models").EnumerateArray().ToList();
        Assert.Equal(["good", "shifted"], models.Select(model => model.GetProperty("model").GetString()));
        Assert.Equal((1, 0), (Liver(models[0], "f1"), Liver(models[0], "hd")));
        Assert.Equal(6, Liver(models[1], "hd"), 1e-9);
        Assert.InRange(Liver(models[1], "f1"), 0.6, 0.9);
        foreach (var file in (string[])["report.html", "report.md", "figures/agreement-01.png", "figures/overview.png"])
        {
            Assert.True(File.Exists(Path.Combine(work.PathOf("report"), file)), file);
        }

        // A volume that only the service can find fault with, while others wait behind it; and one that lies elsewhere.
        await WriteAsync(good, "b.nii", Ball(0, 5), [2, 0, 0, 1, 0, 2, 0, 0, 0, 0, 3, 0], token);
        var elsewhere = await organseg.RunAsync(token, command);
        await WriteAsync(good, "b.nii", Ball(0, 9), Right, token);
        var unknown = await organseg.RunAsync(token, "evaluate", "--predictions", good, "--reference", truth);

        Assert.Equal(1, elsewhere.ExitCode);
        Assert.Contains("b.nii", elsewhere.Error, StringComparison.Ordinal);
        Assert.Contains("1 mm away", elsewhere.Error, StringComparison.Ordinal);
        Assert.Equal(1, unknown.ExitCode);
        Assert.Contains("class id", unknown.Error, StringComparison.Ordinal);
    }

    private static double Liver(JsonElement model, string metric) =>
        model.GetProperty("organs")[0].GetProperty("perPatient").GetProperty(metric).GetDouble();

    /// <summary>A ball in the middle, some columns to the side.</summary>
    private static short[] Ball(int shift, short id)
    {
        var voxels = new short[Side * Side * Side];
        for (var i = 0; i < voxels.Length; i++)
        {
            var (x, y, z) = ((i % Side) - 10 - shift, (i / Side % Side) - 11, (i / Side / Side) - 12);
            voxels[i] = (x * x) + (y * y) + (z * z) <= 64 ? id : (short)0;
        }

        return voxels;
    }

    private static short[] Mirrored(short[] voxels) => [.. voxels.Chunk(Side).SelectMany(row => row.Reverse())];

    private static async Task WriteAsync(string folder, string name, short[] voxels, double[] affine, CancellationToken token)
    {
        Directory.CreateDirectory(folder);
        await File.WriteAllBytesAsync(Path.Combine(folder, name), NiftiFile.Write([Side, Side, Side], affine, voxels), token);
    }
}
