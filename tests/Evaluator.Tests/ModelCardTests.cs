using OrganSeg.Inference.Tests.Support;
using OrganSeg.V1;

namespace OrganSeg.Evaluator.Tests;

/// <summary>What an evaluation leaves on the cards of its models.</summary>
public sealed class ModelCardTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Evaluate_TwoModels_EachCardTellsOfItsOwnScores()
    {
        await using var fixture = await Fixture.StartAsync();
        await fixture.SealAsync(["anna", "bert"], 3);
        await GreyModel.PublishAsync(fixture.Models, "grey", GreyModel.Onnx(), Token, trainingCases: ["anna"]);
        await GreyModel.PublishAsync(fixture.Models, "shifted", GreyModel.Onnx(shift: 1), Token, trainingCases: ["trained"]);
        await fixture.Models.PromoteAsync("production", "grey", Token);

        var (report, _) = await fixture.EvaluateAsync("toy", "grey", "shifted");

        var inference = new InferenceService.InferenceServiceClient(fixture.Inference.Channel);
        var grey = await inference.GetModelCardAsync(new GetModelCardRequest { Name = "production" }, cancellationToken: Token);
        var shifted = await inference.GetModelCardAsync(new GetModelCardRequest { Name = "shifted" }, cancellationToken: Token);
        Assert.Equal(("grey", "1"), (grey.Model, grey.Version));
        Assert.Contains("| **Mean of organs** |  |  | 1.0000 |", grey.Markdown, StringComparison.Ordinal);
        Assert.Contains("grey@1 was trained on 1 of the 2 evaluated cases", grey.Markdown, StringComparison.Ordinal);
        Assert.DoesNotContain("was trained on 1 of the 2", shifted.Markdown, StringComparison.Ordinal);
        Assert.DoesNotContain("| **Mean of organs** |  |  | 1.0000 |", shifted.Markdown, StringComparison.Ordinal);
        Assert.All([grey, shifted], card => Assert.Contains($"| {report.ReportId} |", card.Markdown, StringComparison.Ordinal));
        Assert.All([grey, shifted], card => Assert.Contains("Only 2 patients were evaluated.", card.Markdown, StringComparison.Ordinal));
    }
}
