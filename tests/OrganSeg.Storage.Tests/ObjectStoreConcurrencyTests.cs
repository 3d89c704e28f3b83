using System.Globalization;
using OrganSeg.Testing;

namespace OrganSeg.Storage.Tests;

/// <summary>What every store has to do, many callers at a time.</summary>
public sealed class ObjectStoreConcurrencyTests(AzuriteServer azurite) : StoreTests(azurite)
{
    private const string Container = "things";

    [Theory, MemberData(nameof(Stores))]
    public async Task Write_FiftyIfAbsent_ExactlyOneWins(StoreKind kind)
    {
        IObjectStore store = await NewStoreAsync(kind);
        int?[] outcomes = await Task.WhenAll(Enumerable.Range(0, 50).Select(i => Task.Run<int?>(async () =>
        {
            try
            {
                await store.WriteBytesAsync(Container, "a", Bytes($"writer {i}"), WriteCondition.IfAbsent, Token);
                return i;
            }
            catch (OrganSegException e) when (e.Kind == ErrorKind.Exists)
            {
                return null;
            }
        })));
        int winner = Assert.Single(outcomes.OfType<int>());
        Assert.Equal(Bytes($"writer {winner}"), await store.ReadAllAsync(Container, "a", null, Token));
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task Write_LargeIfAbsentTogether_ExactlyOneWinsWhole(StoreKind kind)
    {
        IObjectStore store = await NewStoreAsync(kind);
        int?[] outcomes = await Task.WhenAll(Enumerable.Range(0, 4).Select(i => Task.Run<int?>(async () =>
        {
            try
            {
                await store.WriteBytesAsync(Container, "a", Pattern(20 << 20, i), WriteCondition.IfAbsent, Token);
                return i;
            }
            catch (OrganSegException e) when (e.Kind == ErrorKind.Exists)
            {
                return null;
            }
        })));
        int winner = Assert.Single(outcomes.OfType<int>());
        byte[] read = await store.ReadAllAsync(Container, "a", null, Token);
        Assert.True(Pattern(20 << 20, winner).AsSpan().SequenceEqual(read));
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task Write_LargeUnconditionalTogether_LeavesOneWhole(StoreKind kind)
    {
        IObjectStore store = await NewStoreAsync(kind);
        int?[] outcomes = await Task.WhenAll(Enumerable.Range(0, 4).Select(i => Task.Run<int?>(async () =>
        {
            try
            {
                await store.WriteBytesAsync(Container, "a", Pattern(20 << 20, i), WriteCondition.Any, Token);
                return i;
            }
            catch (OrganSegException e) when (e.Kind == ErrorKind.NotReady)
            {
                // Azure drops the staged blocks of everybody else when one commits.
                return null;
            }
        })));
        byte[] read = await store.ReadAllAsync(Container, "a", null, Token);
        Assert.Contains(outcomes.OfType<int>(), i => Pattern(20 << 20, i).AsSpan().SequenceEqual(read));
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task Write_TwentyTimesTwentyIncrementsIfMatch_LosesNone(StoreKind kind)
    {
        IObjectStore store = await NewStoreAsync(kind);
        await store.WriteBytesAsync(Container, "counter", Bytes("0"), WriteCondition.Any, Token);
        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Task.Run(async () =>
        {
            for (int done = 0; done < 20;)
            {
                StoredObject found = (await store.FindAsync(Container, "counter", Token))!.Value;
                byte[] text = await store.ReadAllAsync(Container, "counter", null, Token);
                int next = int.Parse(text, CultureInfo.InvariantCulture) + 1;
                try
                {
                    await store.WriteBytesAsync(
                        Container, "counter", Bytes($"{next}"), WriteCondition.IfMatch(found.ETag), Token);
                    done++;
                }
                catch (OrganSegException e) when (e.Kind == ErrorKind.NotReady)
                {
                    // Another task was faster.
                }
            }
        })));
        Assert.Equal(Bytes("400"), await store.ReadAllAsync(Container, "counter", null, Token));
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task Read_WhileOverwritten_IsAlwaysWhole(StoreKind kind)
    {
        IObjectStore store = await NewStoreAsync(kind);
        await store.WriteBytesAsync(Container, "a", Letters('a'), WriteCondition.Any, Token);
        Task writing = Task.Run(async () =>
        {
            for (char letter = 'b'; letter <= 'z'; letter++)
            {
                await store.WriteBytesAsync(Container, "a", Letters(letter), WriteCondition.Any, Token);
            }
        }, Token);
        while (!writing.IsCompleted)
        {
            byte[] read = await store.ReadAllAsync(Container, "a", null, Token);
            Assert.Equal(300_000, read.Length);
            Assert.Equal(-1, read.AsSpan().IndexOfAnyExcept(read[0]));
        }

        await writing;
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task WriteAndDelete_SameFolderTogether_NeverFail(StoreKind kind)
    {
        IObjectStore store = await NewStoreAsync(kind);
        await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Run(async () =>
        {
            for (int round = 0; round < 20; round++)
            {
                await store.WriteBytesAsync(Container, $"a/b/{i}", Bytes("x"), WriteCondition.IfAbsent, Token);
                await store.DeleteAsync(Container, $"a/b/{i}", Token);
                await store.ListAsync(Container, "a/", Token).CountAsync(Token);
            }
        })));
        Assert.Empty(await store.ListAsync(Container, "", Token).ToListAsync(Token));
    }

    private static byte[] Letters(char letter)
    {
        byte[] bytes = new byte[300_000];
        bytes.AsSpan().Fill((byte)letter);
        return bytes;
    }
}
