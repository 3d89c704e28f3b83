namespace OrganSeg.Cli.Tests;

public sealed class CommandLineTests
{
    [Theory]
    [InlineData("")]
    [InlineData("frobnicate")]
    [InlineData("ingest slices")]
    [InlineData("ingest slices --dataset d --labels l --split patients")]
    [InlineData("ingest slices --dataset d --labels l --size 100")]
    [InlineData("ingest slices --dataset d --labels l --map 5:1")]
    [InlineData("ingest slices --dataset d --labels l --map 5=1,5=2")]
    [InlineData("ingest slices --dataset d --labels l --map 5=300")]
    [InlineData("ingest slices --dataset d --labels l --window 275,-125")]
    [InlineData("ingest slices --dataset d --labels l --window 100")]
    [InlineData("train --dataset d --architecture organsegnet")]
    [InlineData("train --dataset d --architecture organsegnet --model m --set width")]
    [InlineData("train --dataset d --architecture organsegnet --model m --set width=1 --set width=2")]
    [InlineData("import --architecture organsegnet --model m")]
    [InlineData("import --weights w --model m")]
    [InlineData("import --architecture organsegnet --weights w --model m --set width")]
    [InlineData("segment slices")]
    [InlineData("segment a.nii --output o --overlap 5")]
    [InlineData("evaluate")]
    [InlineData("evaluate --dataset d")]
    [InlineData("evaluate --dataset d --model m --predictions p --reference r")]
    [InlineData("evaluate --predictions p")]
    [InlineData("evaluate --dataset d --model m --split all")]
    [InlineData("evaluate --predictions p --reference r --split test")]
    [InlineData("evaluate --audit t.csv --predictions p --reference r")]
    [InlineData("evaluate --audit t.csv --dataset d --model m")]
    [InlineData("evaluate --audit t.csv --gate gate.json")]
    [InlineData("evaluate --audit t.csv --absent zero")]
    [InlineData("evaluate --dataset d --model m --absent one")]
    [InlineData("evaluate --dataset d --model m --tolerance -1")]
    [InlineData("evaluate --dataset d --model m --map 5=1")]
    [InlineData("evaluate --predictions p --reference r --map 5")]
    [InlineData("evaluate --predictions p --reference r --robustness")]
    [InlineData("evaluate --dataset d --model m --robustness 0")]
    [InlineData("evaluate --dataset d --model m --robustness some")]
    [InlineData("evaluate --dataset d --model m --gate")]
    [InlineData("promote")]
    [InlineData("promote m --roll-back production")]
    [InlineData("promote --roll-back production --alias a")]
    [InlineData("promote m --canary 0")]
    [InlineData("promote m --canary 1.5")]
    [InlineData("promote m --canary 0.1 --shadow 0.1")]
    [InlineData("promote --canary 0.1")]
    [InlineData("promote --end-canary production --end-shadow production")]
    [InlineData("promote m --end-shadow production")]
    [InlineData("cancel")]
    [InlineData("models card")]
    [InlineData("models organs")]
    [InlineData("runs --frob")]
    public async Task Run_WrongUsage_ExitsTwoAndSaysWhy(string arguments)
    {
        var result = await Invocation.RunAsync(arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries));

        Assert.Equal(ExitCode.WrongUsage, result.ExitCode);
        Assert.StartsWith("error: ", result.Error);
        Assert.Empty(result.Output);
    }

    [Theory]
    [InlineData("demo")]
    [InlineData("test")]
    [InlineData("up --aspire")]
    [InlineData("ingest a b.png --dataset d --labels l --negatives n --map 5=1,2=2 --split slices.csv --size 64 --seed 3")]
    [InlineData("ingest a.nii.gz series all.tar.gz --dataset d --labels l --window -125,275 --pseudonyms --allow-burned-in")]
    [InlineData("ingest a --dataset d --labels l --split patient --folds 5 --allow-leakage")]
    [InlineData("train --dataset d@2 --architecture organsegnet --model m --set width=16 --set minutes=15 --json")]
    [InlineData("import --architecture organsegnet --weights w.safetensors --model m")]
    [InlineData("import --architecture unet --weights w --model m --dataset d@1 --set width=16 --set classes=5 --json")]
    [InlineData("import --architecture unet --weights w --model m --labels background,liver")]
    [InlineData("segment a --output o")]
    [InlineData("segment a --model m@1 --output o --json")]
    [InlineData("segment a.nii.gz --output o --tta --overlap 2 --confidence --keep-largest")]
    [InlineData("evaluate --dataset d --split test --model a --model b --report r")]
    [InlineData("evaluate --predictions p --reference r --report d")]
    [InlineData("evaluate --audit table.csv --report d --json")]
    [InlineData("evaluate --predictions p --reference r --gate gate.json")]
    [InlineData("evaluate --predictions p --predictions q --reference r --map 5=1,2=2 --reference-map 1=3 --absent zero --tolerance 1.5")]
    [InlineData("evaluate --dataset d --model m --robustness --gate gate.json")]
    [InlineData("evaluate --dataset d --model m --robustness 20 --report r")]
    [InlineData("evaluate --dataset d --model m --gate gate.json --robustness all --json")]
    [InlineData("datasets show d")]
    [InlineData("datasets show d@2 --json")]
    [InlineData("datasets imports")]
    [InlineData("datasets imports d --limit 5 --json")]
    [InlineData("datasets quality d --output o")]
    [InlineData("datasets export d@1 --output o --format png")]
    [InlineData("datasets export d --output o --format nnunet --json")]
    [InlineData("models")]
    [InlineData("models card m@2 --json")]
    [InlineData("promote m@1 --alias demo")]
    [InlineData("promote --roll-back demo")]
    [InlineData("promote m@2 --canary 0.1")]
    [InlineData("promote m@2 --alias demo --shadow 1")]
    [InlineData("promote --end-canary demo")]
    [InlineData("promote --end-shadow demo")]
    [InlineData("resume 20261123-181530-4f2a")]
    public void Parse_UsageOfTheDesign_HasNoErrors(string arguments)
    {
        var commandLine = new CommandLine(TextWriter.Null, TextWriter.Null, TimeProvider.System);

        var parsed = commandLine.Root.Parse(arguments.Split(' '));

        Assert.Empty(parsed.Errors);
    }

    [Fact]
    public async Task Run_Help_ExitsZero()
    {
        var result = await Invocation.RunAsync("ingest", "--help");

        Assert.Equal(ExitCode.Done, result.ExitCode);
        Assert.Contains("--negatives", result.Output);
    }

    [Fact]
    public async Task Run_MissingFiles_ExitsOneWithALineForEach()
    {
        using var folder = new TemporaryFolder();
        folder.File("scan.jpg");

        var result = await Invocation.RunAsync(
            "segment", Path.Combine(folder.Path, "scan.jpg"), Path.Combine(folder.Path, "none"), "--output", folder.Path);

        Assert.Equal(ExitCode.Failed, result.ExitCode);
        var lines = result.Error.Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(2, lines.Length);
        Assert.Contains("scan.jpg: is not a PNG file", lines[0]);
        Assert.Contains("none: no such file or folder", lines[1]);
    }

    [Fact]
    public async Task Run_AuditOfAMissingTable_NamesIt()
    {
        var result = await Invocation.RunAsync("evaluate", "--audit", "none.csv");

        Assert.Equal(ExitCode.Failed, result.ExitCode);
        Assert.Contains("none.csv: no such file", result.Error);
    }

    [Fact]
    public async Task Run_ImportOfAMissingFile_NamesIt()
    {
        var result = await Invocation.RunAsync(
            "import", "--architecture", "organsegnet", "--weights", "none.safetensors", "--model", "m");

        Assert.Equal(ExitCode.Failed, result.ExitCode);
        Assert.Contains("there is no file", result.Error);
        Assert.Contains("none.safetensors", result.Error);
    }

    [Theory]
    [InlineData("--robustness", 60u)]
    [InlineData("--robustness 7", 7u)]
    [InlineData("--robustness all", 0u)]
    [InlineData("--gate g", null)]
    public void Parse_Robustness_GivesTheNumberOfSlices(string arguments, uint? expected)
    {
        var commandLine = new CommandLine(TextWriter.Null, TextWriter.Null, TimeProvider.System);

        var parsed = commandLine.Root.Parse($"evaluate --dataset d --model m {arguments}".Split(' '));

        Assert.Equal(expected, parsed.GetValue<uint?>("--robustness"));
    }

    [Fact]
    public async Task Run_GateThatIsNotThere_ExitsOneBeforeAnythingStarts()
    {
        var result = await Invocation.RunAsync("evaluate", "--dataset", "d", "--model", "m", "--gate", "none.json");

        Assert.Equal(ExitCode.Failed, result.ExitCode);
        Assert.Contains("--gate: there is no file none.json", result.Error);
    }

    [Theory]
    [InlineData(new byte[0])]
    [InlineData(new byte[] { (byte)'P', (byte)'K', 3, 4, 0, 0, 0, 0, 0, 0, 0, 0 })]
    [InlineData(new byte[] { 2, 0, 0, 0, 0, 0, 0, 0, (byte)'[', (byte)']' })]
    public async Task Run_ImportOfAnotherKindOfFile_SaysWhatToDo(byte[] content)
    {
        using var folder = new TemporaryFolder();
        var file = Path.Combine(folder.Path, "weights.pth");
        await File.WriteAllBytesAsync(file, content, TestContext.Current.CancellationToken);

        var result = await Invocation.RunAsync("import", "--architecture", "organsegnet", "--weights", file, "--model", "m");

        Assert.Equal(ExitCode.Failed, result.ExitCode);
        Assert.Contains("weights.pth is not a safetensors file", result.Error);
        Assert.Contains("save_file", result.Error);
    }

    [Fact]
    public async Task Run_OutputIsTheInputsFolder_RefusesToOverwrite()
    {
        using var folder = new TemporaryFolder();
        folder.File("a.png");

        var result = await Invocation.RunAsync("segment", folder.Path, "--output", folder.Path);

        Assert.Equal(ExitCode.Failed, result.ExitCode);
        Assert.Contains("would be overwritten", result.Error);
    }

    [Fact]
    public async Task Run_SliceWithoutLabel_NamesIt()
    {
        using var folder = new TemporaryFolder();
        folder.File("images/a.png");
        folder.File("images/b.png");
        folder.File("labels/b.png");

        var result = await Invocation.RunAsync(
            "ingest", Path.Combine(folder.Path, "images"), "--labels", Path.Combine(folder.Path, "labels"), "--dataset", "d");

        Assert.Equal(ExitCode.Failed, result.ExitCode);
        Assert.Contains("a.png: has no label map", result.Error);
        Assert.DoesNotContain("b.png", result.Error);
    }

    [Fact]
    public async Task Run_PredictionWithoutCounterpart_NamesBothSides()
    {
        using var folder = new TemporaryFolder();
        folder.File("p/a.png");
        folder.File("p/b.png");
        folder.File("r/b.png");
        folder.File("r/c.png");

        var result = await Invocation.RunAsync(
            "evaluate", "--predictions", Path.Combine(folder.Path, "p"), "--reference", Path.Combine(folder.Path, "r"));

        Assert.Equal(ExitCode.Failed, result.ExitCode);
        Assert.Contains("a.png: has no counterpart", result.Error);
        Assert.Contains("c.png: has no counterpart", result.Error);
        Assert.DoesNotContain("b.png:", result.Error);
    }
}
