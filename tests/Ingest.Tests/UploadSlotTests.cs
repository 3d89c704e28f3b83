using OrganSeg.Ingest.Uploads;
using OrganSeg.Testing;

namespace OrganSeg.Ingest.Tests;

public sealed class UploadSlotTests
{
    [Fact]
    public void Take_WhileAnotherHasIt_IsAnotherFolderAndTheFirstAfterwards()
    {
        using var root = new TemporaryFolder();
        string firstPath;
        using (var first = UploadSlot.Take(root.Path, "store"))
        {
            firstPath = first.Path;
            using var second = UploadSlot.Take(root.Path, "store");
            Assert.NotEqual(firstPath, second.Path);
        }

        using var third = UploadSlot.Take(root.Path, "store");
        Assert.Equal(firstPath, third.Path);
        using var other = UploadSlot.Take(root.Path, "another store");
        Assert.DoesNotContain(Path.GetDirectoryName(firstPath)!, other.Path, StringComparison.Ordinal);
    }

    [Fact]
    public void RemoveAbandoned_OldFolders_GoUnlessTheyAreLocked()
    {
        using var root = new TemporaryFolder();
        using var living = UploadSlot.Take(root.Path, "living");
        string dead;
        using (var slot = UploadSlot.Take(root.Path, "dead"))
        {
            dead = slot.Path;
        }

        var now = TimeProvider.System.GetUtcNow();
        UploadSlot.RemoveAbandoned(root.Path, now.AddHours(-1));
        Assert.True(Directory.Exists(dead), "It was used just now.");

        UploadSlot.RemoveAbandoned(root.Path, now.AddHours(1));
        Assert.False(Directory.Exists(dead));
        Assert.True(Directory.Exists(living.Path));
    }
}
