using OrganSeg.Inference.Serving;

namespace OrganSeg.Inference.Tests;

/// <summary>Whose turn it is.</summary>
public sealed class FairQueueTests
{
    [Fact]
    public void TryTake_OneClientWithMuch_OthersAreServedInBetween()
    {
        using var queue = new FairQueue<string>(capacity: 100);
        foreach (var item in (string[])["a1", "a2", "a3", "b1", "c1", "b2"])
        {
            Assert.True(queue.TryAdd(item[..1], item, patient: item[0] == 'a'));
        }

        Assert.Equal(["a1", "b1", "c1", "a2", "b2", "a3"], Drain(queue));
    }

    [Fact]
    public void TryAdd_PlacesTaken_OnlyTheImpatientAreRefused()
    {
        using var queue = new FairQueue<string>(capacity: 1);

        Assert.True(queue.TryAdd("a", "a1", patient: false));
        Assert.False(queue.TryAdd("b", "b1", patient: false));
        Assert.True(queue.TryAdd("b", "b2", patient: true));
        Assert.Equal(["a1", "b2"], Drain(queue));
        Assert.True(queue.TryAdd("b", "b3", patient: false));
    }

    [Fact]
    public void IsDone_Closed_OnlyOnceNothingWaits()
    {
        using var queue = new FairQueue<string>(capacity: 1);
        Assert.False(queue.IsDone);
        queue.TryAdd("a", "a1", patient: false);

        queue.Close();

        Assert.False(queue.IsDone);
        Assert.Equal(["a1"], Drain(queue));
        // Whoever asks now must not wait: the one call that the end makes was used up before.
        Assert.True(queue.IsDone);
    }

    [Fact]
    public void TryTake_NotWanted_StaysWhereItIs()
    {
        using var queue = new FairQueue<string>(capacity: 1);
        queue.TryAdd("a", "a1", patient: false);

        Assert.False(queue.TryTake(item => item != "a1", out _));
        Assert.Equal(["a1"], Drain(queue));
    }

    private static List<string> Drain(FairQueue<string> queue)
    {
        var items = new List<string>();
        while (queue.TryTake(_ => true, out var item))
        {
            items.Add(item);
        }

        return items;
    }
}
