using OrganSeg.Testing;

namespace OrganSeg.Storage.Tests;

public sealed class ObjectStoreNameTests(AzuriteServer azurite) : StoreTests(azurite)
{
    private const string Container = "things";

    [Theory, MemberData(nameof(Stores))]
    public async Task Write_OddButLegalNames_AreFoundAndListed(StoreKind kind)
    {
        string[] names =
        [
            "with space", "ünï/日本語.txt", "percent%2Fslash", "100%", "plus+equals=amp&hash#1", "it's (a) [test]",
            ".hidden", "a..b", "...a", "emoji 😀", "console", "common1.txt", "~tilde", "$dollar", "@at,comma;semi",
            "a/b/c/d/e/f/g/h", new string('x', 240), "!", "-", "_",
        ];
        IObjectStore store = await NewStoreAsync(kind);
        foreach (string name in names)
        {
            await store.WriteBytesAsync(Container, name, Bytes(name), WriteCondition.IfAbsent, Token);
        }

        Assert.Equal(
            names.Order(StringComparer.Ordinal),
            await store.ListAsync(Container, "", Token).Select(blob => blob.Name).ToArrayAsync(Token));
        foreach (string name in names)
        {
            Assert.Equal(Bytes(name), await store.ReadAllAsync(Container, name, null, Token));
            Assert.Equal(name, (await store.FindAsync(Container, name, Token))?.Name);
        }
    }

    [Theory]
    [CombinatorialStores("")]
    [CombinatorialStores("/a")]
    [CombinatorialStores("a/")]
    [CombinatorialStores("a//b")]
    [CombinatorialStores(".")]
    [CombinatorialStores("..")]
    [CombinatorialStores("../a")]
    [CombinatorialStores("a/../b")]
    [CombinatorialStores("a/./b")]
    [CombinatorialStores("a\\b")]
    [CombinatorialStores("C:a")]
    [CombinatorialStores("a\0b")]
    [CombinatorialStores("a\nb")]
    [CombinatorialStores("a\u0085b")]
    [CombinatorialStores("a*")]
    [CombinatorialStores("a?")]
    [CombinatorialStores("a|b")]
    [CombinatorialStores("<a>")]
    [CombinatorialStores("\"a\"")]
    [CombinatorialStores("a.")]
    [CombinatorialStores("a ")]
    [CombinatorialStores("a./b")]
    [CombinatorialStores("CON")]
    [CombinatorialStores("nul.txt")]
    [CombinatorialStores("a/com1/b")]
    [CombinatorialStores("LPT9.tar.gz")]
    [CombinatorialStores("aux .txt")]
    [CombinatorialStores("\ud800")]
    public async Task AnyMember_IllegalName_IsInvalid(StoreKind kind, string name)
    {
        IObjectStore store = await NewStoreAsync(kind);
        await RefusesAsync(store, Container, name);
    }

    [Theory]
    [CombinatorialStores("")]
    [CombinatorialStores("ab")]
    [CombinatorialStores("Upper")]
    [CombinatorialStores("a_b")]
    [CombinatorialStores("a--b")]
    [CombinatorialStores("-ab")]
    [CombinatorialStores("ab-")]
    [CombinatorialStores("../up")]
    [CombinatorialStores(".tmp")]
    [CombinatorialStores("abc\n")]
    public async Task AnyMember_IllegalContainer_IsInvalid(StoreKind kind, string container)
    {
        IObjectStore store = await NewStoreAsync(kind);
        await RefusesAsync(store, container, "a");
        await ThrowsAsync(ErrorKind.Invalid, async () => await store.ListAsync(container, "", Token).ToListAsync(Token));
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task AnyMember_NameTooLong_IsInvalid(StoreKind kind)
    {
        IObjectStore store = await NewStoreAsync(kind);
        await RefusesAsync(store, Container, new string('x', 241));
        await RefusesAsync(store, Container, new string('ü', 121));
        await RefusesAsync(store, Container, string.Join('/', Enumerable.Repeat("part", 201)));
    }

    [Theory]
    [CombinatorialStores("../")]
    [CombinatorialStores("/")]
    [CombinatorialStores("a/../")]
    [CombinatorialStores("a/../../other/x")]
    public async Task List_PrefixLeadingOut_IsInvalid(StoreKind kind, string prefix)
    {
        IObjectStore store = await NewStoreAsync(kind);
        await ThrowsAsync(ErrorKind.Invalid, async () => await store.ListAsync(Container, prefix, Token).ToListAsync(Token));
    }

    private static async Task RefusesAsync(IObjectStore store, string container, string name)
    {
        await ThrowsAsync(ErrorKind.Invalid, () => store.FindAsync(container, name, Token));
        await ThrowsAsync(ErrorKind.Invalid, () => store.OpenReadAsync(container, name, 0, null, Token));
        await ThrowsAsync(ErrorKind.Invalid, () => store.DeleteAsync(container, name, Token));
        await ThrowsAsync(
            ErrorKind.Invalid, () => store.WriteBytesAsync(container, name, Bytes("x"), WriteCondition.Any, Token));
    }
}
