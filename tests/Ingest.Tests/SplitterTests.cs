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

    // By hand, as Share has it: 2 cases go one to train and one to validation, 3 one to each, 10 six, two and two, 20 all there are.
    [Fact]
    public void Decide_ByPatient_RareOrgansAreOnEverySideThatTheyCanBe()
    {
        for (ulong seed = 0; seed < 200; seed++)
        {
            var decision = Decide(Plan(SplitNames.ByPatient, seed), WithOrgans(20, (1, 20), (2, 10), (3, 3), (4, 2)));

            Assert.Equal([14, 3, 3], CasesBySide(decision, 1));
            Assert.Equal([6, 2, 2], CasesBySide(decision, 2));
            Assert.Equal([1, 1, 1], CasesBySide(decision, 3));
            Assert.Equal([1, 1, 0], CasesBySide(decision, 4));
            Assert.Equal([new MissingOrgan(4, "the test side", 2)], decision.Missing);
        }
    }

    // Each of six organs in three of ten cases, overlapping at random. The least that can be missing comes from all 1260 ways to
    // choose two cases for validation and two for test.
    [Fact]
    public void Decide_ByPatientWithManyRareOrgans_MissesNextToAsFewAsCanBe()
    {
        var (missing, least) = (0, 0);
        for (var seed = 0; seed < 100; seed++)
        {
            var random = new Random(seed);
            var organs = Enumerable.Range(0, 10).Select(_ => new List<byte>()).ToArray();
            for (byte organ = 1; organ <= 6; organ++)
            {
                int[] cases = [.. Enumerable.Range(0, 10)];
                random.Shuffle(cases);
                Array.ForEach(cases[..3], one => organs[one].Add(organ));
            }

            SliceToSplit[] slices = [.. organs.Select((having, i) => new SliceToSplit($"case{i:00}_slice0.png", $"case{i:00}", false) { Organs = having })];
            missing += Decide(Plan(SplitNames.ByPatient, (ulong)seed), slices).Missing.Count;
            least += (from validation in Pairs(Enumerable.Range(0, 10))
                      from test in Pairs(Enumerable.Range(0, 10).Except(validation))
                      let train = Enumerable.Range(0, 10).Except(validation).Except(test)
                      select new[] { train, validation, test }.Sum(side => 6 - side.SelectMany(one => organs[one]).Distinct().Count())).Min();
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{missing} missing, {least} at least");
        Assert.InRange(missing, least, 1.1 * least);

        static IEnumerable<int[]> Pairs(IEnumerable<int> of) => from one in of from other in of where one < other select new[] { one, other };
    }

    [Fact]
    public void Decide_OrganOfOneCase_IsMissingFromTheOtherSides()
    {
        var decision = Decide(Plan(SplitNames.ByPatient, seed: 4), WithOrgans(10, (1, 10), (2, 1)));

        Assert.Equal(["the validation side", "the test side"], decision.Missing.Select(missing => missing.Part));
        Assert.All(decision.Missing, missing => Assert.Equal((2, 1), (missing.Organ, missing.Cases)));
    }

    // 20 cases less 3 of the test side are 17: folds of 4, 4, 3, 3 and 3. Of the organ in 10 cases, 8 are left: 2 or 1 a fold.
    [Fact]
    public void Decide_WithFolds_DividesCasesOutsideTheTestSide()
    {
        for (ulong seed = 0; seed < 50; seed++)
        {
            var slices = WithOrgans(20, (1, 20), (2, 10));
            var decision = Decide(Plan(SplitNames.ByPatient, seed) with { Folds = 5 }, slices);

            Assert.Equal([4, 4, 3, 3, 3], Enumerable.Range(1, 5).Select(fold => decision.Folds.Values.Count(of => of == fold)));
            Assert.All(slices, slice => Assert.Equal(decision.Sides[slice.FileName] != "test", decision.Folds.ContainsKey(slice.Case)));
            Assert.Equal([1, 1, 2, 2, 2], Enumerable.Range(1, 5)
                .Select(fold => slices.Where(slice => slice.Organs.Contains((byte)2) && decision.Folds.GetValueOrDefault(slice.Case) == fold)
                    .Select(slice => slice.Case).Distinct().Count())
                .Order());
            Assert.Empty(decision.Missing);
        }
    }

    [Fact]
    public void Decide_FoldsOfATable_AreOfItsTrainAndValidationCases()
    {
        var plan = Plan(SplitNames.ByTable, cases: new() { ["case00"] = "train", ["case01"] = "train", ["case02"] = "validation", ["case03"] = "test" });

        var decision = Decide(plan with { Folds = 3 }, Slices(cases: 4, slicesEach: 2));

        Assert.Equal(["case00", "case01", "case02"], decision.Folds.Keys.Order());
        Assert.Equal([1, 2, 3], decision.Folds.Values.Order());
    }

    [Fact]
    public void Decide_MoreFoldsThanCases_IsAProblem()
    {
        var error = Assert.Throws<OrganSegException>(() => Decide(
            Plan(SplitNames.ByTable, cases: new() { ["case00"] = "train", ["case01"] = "test" }) with { Folds = 2 }, Slices(2, 1)));

        Assert.Equal("folds", Assert.Single(error.Violations).Field);
        Assert.Contains("1 cases", error.Message, StringComparison.Ordinal);
    }

    // Two slices a case; of an organ in n cases, every (cases/n)th has it, in its second slice.
    private static SliceToSplit[] WithOrgans(int cases, params (byte Organ, int Cases)[] organs) =>
        [.. Slices(cases, 2).Select((slice, i) => slice with
        {
            Organs = [.. organs.Where(organ => i % 2 == 1 && i / 2 % (cases / organ.Cases) == 0 && i / 2 / (cases / organ.Cases) < organ.Cases).Select(organ => organ.Organ)],
        })];

    private static IEnumerable<int> CasesBySide(SplitDecision decision, byte organ)
    {
        var having = WithOrgans(20, (1, 20), (2, 10), (3, 3), (4, 2)).Where(slice => slice.Organs.Contains(organ)).ToArray();
        return SplitNames.Splits.Select(side => having.Count(slice => decision.Sides[slice.FileName] == side));
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
