using OrganSeg.Experiments;

if (args.Length != 3)
{
    Console.Error.WriteLine("usage: OrganSeg.Experiments RESULTS PAGE FIGURE: fills the tables of the page and draws the figure");
    return 2;
}

try
{
    var results = ExperimentResult.ReadAll(args[0]);
    File.WriteAllText(args[1], ResultsPage.Fill(File.ReadAllText(args[1]), results, ComparisonResult.ReadAll(args[0])));
    Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(args[2]))!);
    File.WriteAllBytes(args[2], ResultsPage.Figure(results));
    return 0;
}
catch (Exception error) when (error is IOException or InvalidDataException)
{
    Console.Error.WriteLine(error.Message);
    return 1;
}
