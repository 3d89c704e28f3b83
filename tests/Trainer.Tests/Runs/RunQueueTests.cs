using Azure.Storage.Queues;
using Azure.Storage.Queues.Models;
using Microsoft.Extensions.DependencyInjection;
using OrganSeg.Storage;
using OrganSeg.Storage.Queues;
using OrganSeg.Testing;
using OrganSeg.Trainer.Queueing;
using OrganSeg.Trainer.Tests.Support;

namespace OrganSeg.Trainer.Tests.Runs;

/// <summary>The queue between Trainers on the real emulator; sweeping the store comes too late to help.</summary>
public sealed class RunQueueTests(AzuriteServer azurite) : IClassFixture<AzuriteServer>, IDisposable
{
    private const string Name = "organseg-runs";

    private readonly Support.TemporaryFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Run_AnnouncedByOneTrainer_IsDoneByAnother_AndItsMessageDeleted()
    {
        var account = await azurite.NewAccountAsync();
        await using var front = await TrainerHost.StartAsync(_folder.Path, Token, works: false, queues: account);
        await using var worker = await TrainerHost.StartAsync(_folder.Path, Token, queues: account);
        await TinyData.SealAsync(front.Store, "validation", Token);

        var run = await front.StartRunAsync(Token);
        await front.WatchAsync(run.RunId, Token);

        Assert.Equal(RunState.Succeeded, (await front.Runs.GetAsync(run.RunId, Token)).State);
        await EmptyAsync(account);
        Assert.False(await Queue(account, Name + AzureMessageQueue.PoisonSuffix).ExistsAsync(Token));
    }

    [Fact]
    public async Task Message_OfATrainerThatVanished_ShowsUpAgainAfterItsTime()
    {
        var account = await azurite.NewAccountAsync();
        await using var host = await TrainerHost.StartAsync(_folder.Path, Token, works: false, queues: account);
        await TinyData.SealAsync(host.Store, "validation", Token);
        var run = await host.StartRunAsync(Token);
        // Taken by nobody who would ever come back.
        var taken = await AzureMessageQueue.Open(account, Name).ReceiveAsync(TimeSpan.FromSeconds(1), Token);
        Assert.Equal(run.RunId, RunMessage.Parse(taken!.Text)!.RunId);

        await using var worker = await TrainerHost.StartAsync(_folder.Path, Token, queues: account);
        await host.WatchAsync(run.RunId, Token);

        Assert.Equal(RunState.Succeeded, (await host.Runs.GetAsync(run.RunId, Token)).State);
        await EmptyAsync(account);
    }

    [Fact]
    public async Task Poison_OfEachKind_IsMovedAndStopsNothing()
    {
        var account = await azurite.NewAccountAsync();
        var queue = AzureMessageQueue.Open(account, Name);
        string[] wrong =
        [
            "not json",
            """{"schema":1}""",
            """{"schema":9,"runId":"x"}""",
            """{"schema":1,"runId":"20260101-000000-0000"}""",
            """{"schema":1,"runId":"../x"}""",
        ];
        foreach (var text in wrong)
        {
            await queue.SendAsync(text, Token);
        }

        await using var host = await TrainerHost.StartAsync(_folder.Path, Token, queues: account);
        await TinyData.SealAsync(host.Store, "validation", Token);
        var run = await host.StartRunAsync(Token);
        await host.WatchAsync(run.RunId, Token);

        Assert.Equal(RunState.Succeeded, (await host.Runs.GetAsync(run.RunId, Token)).State);
        await EmptyAsync(account);
        PeekedMessage[] poison = await Queue(account, Name + AzureMessageQueue.PoisonSuffix).PeekMessagesAsync(32, Token);
        Assert.Equal(wrong.Length, poison.Length);
        Assert.All(poison, message => Assert.Contains("\"reason\":", message.Body.ToString(), StringComparison.Ordinal));
    }

    [Fact]
    public async Task Run_WhoseTrainersVanishTooOften_IsEndedAndItsMessagePoison()
    {
        var account = await azurite.NewAccountAsync();
        await using var front = await TrainerHost.StartAsync(_folder.Path, Token, works: false, queues: account);
        await TinyData.SealAsync(front.Store, "validation", Token);
        var run = await front.StartRunAsync(Token);
        // As the ninth Trainer that vanished has left it, long ago.
        await front.Runs.UpdateAsync(
            run.RunId,
            document => document with
            {
                State = RunState.Running,
                Owner = "gone",
                Abandoned = 9,
                HeartbeatAt = TimeProvider.System.GetUtcNow() - TimeSpan.FromHours(1),
            },
            Token);

        await using var worker = await TrainerHost.StartAsync(_folder.Path, Token, queues: account);
        await front.WatchAsync(run.RunId, Token);

        var ended = await front.Runs.GetAsync(run.RunId, Token);
        Assert.Equal(RunState.Failed, ended.State);
        Assert.Contains("10 Trainers in a row vanished", ended.Error, StringComparison.Ordinal);
        await EmptyAsync(account);
        PeekedMessage poison = await Queue(account, Name + AzureMessageQueue.PoisonSuffix).PeekMessageAsync(Token);
        Assert.Contains(run.RunId, poison.Body.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task CrossValidation_ItsFoldsAndThenItself_ComeThroughTheQueue()
    {
        var account = await azurite.NewAccountAsync();
        await using var front = await TrainerHost.StartAsync(_folder.Path, Token, works: false, queues: account);
        await using var worker = await TrainerHost.StartAsync(_folder.Path, Token, queues: account);
        await TinyData.SealAsync(front.Store, "validation", Token);

        var run = await front.StartRunAsync(Token, ("folds", "2"), ("epochs", "1"), ("quantize", "false"));
        await front.WatchAsync(run.RunId, Token);

        Assert.Equal(RunState.Succeeded, (await front.Runs.GetAsync(run.RunId, Token)).State);
        await EmptyAsync(account);
        Assert.False(await Queue(account, Name + AzureMessageQueue.PoisonSuffix).ExistsAsync(Token));
    }

    [Fact]
    public async Task StartRun_QueueAway_IsDoneFromTheStore()
    {
        // Port 9 of this machine discards; nothing listens there.
        const string Away = "DefaultEndpointsProtocol=http;AccountName=a;AccountKey=AAAA;QueueEndpoint=http://127.0.0.1:9/a;";
        await using var host = await TrainerHost.StartAsync(
            _folder.Path,
            Token,
            services => services.Configure<TrainerOptions>(
                options => (options.QueueSweepSeconds, options.QueueVisibilitySeconds) = (0.2, 1)),
            queues: Away);
        await TinyData.SealAsync(host.Store, "validation", Token);

        var run = await host.StartRunAsync(Token);
        await host.WatchAsync(run.RunId, Token);

        Assert.Equal(RunState.Succeeded, (await host.Runs.GetAsync(run.RunId, Token)).State);
    }

    private static QueueClient Queue(string account, string name) => new QueueServiceClient(account).GetQueueClient(name);

    private static async Task EmptyAsync(string account)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Token);
        limit.CancelAfter(TimeSpan.FromSeconds(30));
        while ((await Queue(account, Name).GetPropertiesAsync(limit.Token)).Value.ApproximateMessagesCount > 0)
        {
            await Task.Delay(50, limit.Token);
        }
    }
}
