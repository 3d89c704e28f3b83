using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Storage.Blobs;
using OrganSeg.Testing;

namespace OrganSeg.Storage.Tests;

/// <summary>What only the Azure store does: a service that refuses, is away, or whose answers get lost.</summary>
public sealed class AzureBlobObjectStoreTests(AzuriteServer azurite) : StoreTests(azurite)
{
    [Fact]
    public async Task AnyMember_WrongKey_IsDependencyWithAdvice()
    {
        string wrong = Convert.ToBase64String(Pattern(64));
        string connection = string.Join(';', (await NewConnectionAsync(StoreKind.Azurite))
            .Split(';')
            .Select(part => part.StartsWith("AccountKey=", StringComparison.Ordinal) ? "AccountKey=" + wrong : part));
        var store = new AzureBlobObjectStore(new BlobServiceClient(connection));
        foreach (Func<Task> action in Actions(store))
        {
            OrganSegException thrown = await ThrowsAsync(ErrorKind.Dependency, action);
            Assert.Contains("ConnectionStrings:blobs", thrown.Message, StringComparison.Ordinal);
            Assert.DoesNotContain(wrong, thrown.ToString(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task AnyMember_NobodyListens_IsDependency()
    {
        var options = new BlobClientOptions();
        options.Retry.MaxRetries = 1;
        options.Retry.Delay = TimeSpan.Zero;
        // Port 1 is one nobody listens on.
        string connection =
            "DefaultEndpointsProtocol=http;AccountName=x;AccountKey=AAAA;BlobEndpoint=http://127.0.0.1:1/x;";
        var store = new AzureBlobObjectStore(new BlobServiceClient(connection, options));
        foreach (Func<Task> action in Actions(store))
        {
            await ThrowsAsync(ErrorKind.Dependency, action);
        }
    }

    [Fact]
    public async Task Write_AnswerLost_DoesNotMistakeItselfForAnother()
    {
        var options = new BlobClientOptions();
        options.Retry.Delay = TimeSpan.Zero;
        var lossy = new LoseFirstAnswers();
        options.AddPolicy(lossy, HttpPipelinePosition.PerRetry);
        string connection = await NewConnectionAsync(StoreKind.Azurite);
        var store = new AzureBlobObjectStore(new BlobServiceClient(connection, options));
        StoredObject created = await store.WriteBytesAsync("things", "a", Bytes("1"), WriteCondition.IfAbsent, Token);
        StoredObject replaced = await store.WriteBytesAsync(
            "things", "a", Bytes("22"), WriteCondition.IfMatch(created.ETag), Token);
        Assert.Equal(replaced, await store.FindAsync("things", "a", Token));
        Assert.Equal(2, lossy.Lost);
        await ThrowsAsync(
            ErrorKind.Exists,
            () => store.WriteBytesAsync("things", "a", Bytes("3"), WriteCondition.IfAbsent, Token));
    }

    [Fact]
    public void Identity_SharedAccessSignature_DoesNotCount()
    {
        string account = "http://127.0.0.1:10000/account";
        var plain = new AzureBlobObjectStore(new BlobServiceClient(new Uri(account)));
        var signed = new AzureBlobObjectStore(new BlobServiceClient(new Uri(account + "?sv=2024-01-01&sig=secret")));
        var other = new AzureBlobObjectStore(new BlobServiceClient(new Uri(account + "2")));
        Assert.Equal(plain.Identity, signed.Identity);
        Assert.NotEqual(plain.Identity, other.Identity);
        Assert.Matches("^[0-9a-f]{64}$", plain.Identity);
    }

    private static Func<Task>[] Actions(AzureBlobObjectStore store) =>
    [
        () => store.FindAsync("things", "a", Token),
        () => store.OpenReadAsync("things", "a", 0, null, Token),
        () => store.WriteBytesAsync("things", "a", Bytes("x"), WriteCondition.Any, Token),
        () => store.DeleteAsync("things", "a", Token),
        async () => await store.ListAsync("things", "", Token).ToListAsync(Token),
        async () => await store.ListFoldersAsync("things", "", Token).ToListAsync(Token),
    ];

    /// <summary>Lets each conditional upload reach the service once and then loses the answer, as a broken line does.</summary>
    private sealed class LoseFirstAnswers : HttpPipelinePolicy
    {
        private readonly HashSet<string> _seen = [];

        public int Lost { get; private set; }

        public override async ValueTask ProcessAsync(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline)
        {
            await ProcessNextAsync(message, pipeline);
            bool conditional = message.Request.Headers.Contains("If-Match")
                || message.Request.Headers.Contains("If-None-Match");
            if (conditional && message.Response.Status == 201 && _seen.Add(message.Request.ClientRequestId))
            {
                Lost++;
                throw new IOException("The line broke.");
            }
        }

        public override void Process(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline) =>
            throw new NotSupportedException();
    }
}
