using OrganSeg.Evaluator.Metrics;
using OrganSeg.Evaluator.Reports;

namespace OrganSeg.Evaluator.Tests.Figures;

public sealed class OverviewSelectionTests
{
    // Nine patients, five rows: every second one, from the first to the last.
    [Fact]
    public void Choose_ManyPatients_EvenlySpreadByName() => Assert.Equal(
        ["p0", "p2", "p4", "p6", "p8"],
        OverviewSelection.Choose([.. Enumerable.Range(0, 9).Reverse().Select(i => Slice($"p{i}", "s", 1, 1))]).Select(slice => slice.Case));

    [Fact]
    public void Choose_FewPatients_EachOnce()
    {
        Assert.Equal(["a", "b"], OverviewSelection.Choose([Slice("b", "s", 1), Slice("a", "s", 1), Slice("a", "t", 1)]).Select(slice => slice.Case));
        Assert.Equal("a", Assert.Single(OverviewSelection.Choose([Slice("a", "s", 1)])).Case);
    }

    // Two organs of a few pixels come before one of many; of slices with as many organs, the one with more of them.
    [Fact]
    public void Choose_SlicesOfAPatient_MostOrgansThenMostPixels() => Assert.Equal(
        "c",
        Assert.Single(OverviewSelection.Choose([Slice("p", "a", 900, 0), Slice("p", "b", 3, 4), Slice("p", "c", 5, 4), Slice("p", "d", 5, 4)])).Name);

    private static SliceScore Slice(string patient, string name, params int[] pixels) =>
        new(new SliceId(patient, name), [.. pixels.Select(count => new PixelCounts(count, 0, 0))], [], VoxelSize: 1, MeanF1: 1);
}
