using OrganSeg.Ingest.Import;
using OrganSeg.Ingest.Splits;

namespace OrganSeg.Ingest.Tests;

/// <summary>The policies of splitting, counted by hand.</summary>
public sealed class SplitterTests
{
    // First outputs of SplitMix64 for the seed 1234567, as its authors' C program prints them.
    [Fact]
    public void Next_KnownSeed_GivesThePublishedSequence()
    {
        var random = new SplitMix(1234567);

        Assert.Equal(
            [6457827717110365317, 3203168211198807973, 9817491932198370423],
            Enumerable.Range(0, 3).Select(_ => random.Next()));
    }

    // By hand: 15 % of 4 is 0.6, of 10 is 1.5 (rounded up), of 15 is 2.25, of 20 is 3, of 200 is 30.
    [Theory]
    [InlineData(1, 1, 0)]
    [InlineData(2, 1, 1)]
    [InlineData(3, 1, 1)]
    [InlineData(4, 2, 1)]
    [InlineData(10, 6, 2)]
    [InlineData(15, 11, 2)]
    [InlineData(20, 14, 3)]
    [InlineData(200, 140, 30)]
    public void Share_Count_IsSeventyFifteenFifteen(int count, int train, int validation) =>
        Assert.Equal((train, validation), Splitter.Share(count));

    [Fact]
    public void Decide_ByPatient_KeepsCasesTogetherWhateverTheOrder()
    {
        var slices = Slices(cases: 20, slicesEach: 3);

        var decision = Decide(Plan(SplitNames.ByPatient, seed: 5), slices);
        var reversed = Decide(Plan(SplitNames.ByPatient, seed: 5), [.. slices.Reverse()]);

        Assert.False(decision.Leaky);
        Assert.All(slices.GroupBy(s => s.Case), group => Assert.Single(group.Select(s => decision.Sides[s.FileName]).Distinct()));
        Assert.Equal([42, 9, 9], SplitNames.Splits.Select(side => decision.Sides.Values.Count(s => s == side)));
        Assert.All(slices, slice => Assert.Equal(decision.Sides[slice.FileName], reversed.Sides[slice.FileName]));
    }

    [Fact]
    public void Decide_AnotherSeed_DrawsOtherwise()
    {
        var slices = Slices(cases: 20, slicesEach: 1);

        var one = Decide(Plan(SplitNames.ByPatient, seed: 1), slices);
        var two = Decide(Plan(SplitNames.ByPatient, seed: 2), slices);

        Assert.Contains(slices, slice => one.Sides[slice.FileName] != two.Sides[slice.FileName]);
    }

    [Theory]
    [InlineData(SplitNames.ByPatient)]
    [InlineData(SplitNames.BySlice)]
    public void Decide_NegativesAdded_LeaveLabelledSlicesWhereTheyWere(string policy)
    {
        var slices = Slices(cases: 9, slicesEach: 2);
        SliceToSplit[] more = [.. slices, new("case03_slice9.png", "case03", true), new("case00_slice9.png", "case00", true)];

        var before = Decide(Plan(policy, seed: 3), slices);
        var after = Decide(Plan(policy, seed: 3), more);

        Assert.All(slices, slice => Assert.Equal(before.Sides[slice.FileName], after.Sides[slice.FileName]));
        Assert.Equal(more.Length, after.Sides.Count);
    }

    [Fact]
    public void Decide_ByTable_TakesTheFileBeforeTheCase()
    {
        var plan = Plan(
            SplitNames.ByTable,
            files: new() { ["a_slice1"] = "test" },
            cases: new() { ["a"] = "train", ["b"] = "validation" });

        var decision = Decide(
            plan, [new("a_slice1.png", "a", false), new("a_slice2.png", "a", false), new("b_slice1.png", "b", false)]);

        Assert.Equal("test", decision.Sides["a_slice1.png"]);
        Assert.Equal("train", decision.Sides["a_slice2.png"]);
        Assert.Equal("validation", decision.Sides["b_slice1.png"]);
        Assert.True(decision.Leaky);
    }

    [Fact]
    public void Decide_ByTableOfWholeCases_IsNotLeaky() => Assert.False(Decide(
        Plan(SplitNames.ByTable, files: new() { ["a_slice1"] = "test", ["a_slice2"] = "test", ["b_slice1"] = "train" }),
        [new("a_slice1.png", "a", false), new("a_slice2.png", "a", false), new("b_slice1.png", "b", false)]).Leaky);

    [Fact]
    public void Decide_NegativeOutsideTheTable_InheritsFromItsCase()
    {
        var plan = Plan(
            SplitNames.ByTable,
            files: new() { ["a_slice1"] = "test", ["b_slice9"] = "train" });

        // The negative comes first and must still find its case; the other one is named itself.
        var decision = Decide(
            plan, [new("a_slice9.png", "a", true), new("b_slice9.png", "b", true), new("a_slice1.png", "a", false)]);

        Assert.Equal("test", decision.Sides["a_slice9.png"]);
        Assert.Equal("train", decision.Sides["b_slice9.png"]);
    }

    [Fact]
    public void Decide_NegativeOfACaseOnTwoSides_GoesWhereMostOfItIs()
    {
        var plan = Plan(
            SplitNames.ByTable,
            files: new() { ["a_slice1"] = "train", ["a_slice2"] = "validation", ["a_slice3"] = "validation" });

        var decision = Decide(plan, [
            new("a_slice1.png", "a", false), new("a_slice2.png", "a", false), new("a_slice3.png", "a", false),
            new("a_slice9.png", "a", true)]);

        Assert.Equal("validation", decision.Sides["a_slice9.png"]);
    }

    private static SliceToSplit[] Slices(int cases, int slicesEach) =>
        [.. from one in Enumerable.Range(0, cases)
            from slice in Enumerable.Range(0, slicesEach)
            select new SliceToSplit($"case{one:00}_slice{slice}.png", $"case{one:00}", false)];

    private static SplitPlan Plan(
        string policy, ulong seed = 0, Dictionary<string, string>? files = null, Dictionary<string, string>? cases = null) =>
        new(policy, seed, files ?? [], cases ?? []);

    private static SplitDecision Decide(SplitPlan plan, SliceToSplit[] slices)
    {
        var problems = new Problems();
        var decision = Splitter.Decide(plan, slices, problems);
        problems.ThrowIfAny();
        return decision;
    }
}
