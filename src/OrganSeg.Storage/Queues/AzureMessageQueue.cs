using Azure;
using Azure.Storage.Queues;
using Azure.Storage.Queues.Models;

namespace OrganSeg.Storage.Queues;

/// <summary>
/// A queue in Azure Queue Storage, or in its emulator Azurite, with a second one for messages that cannot be worked on. Both
/// are made when first needed. Messages stay until they are deleted.
/// </summary>
public sealed class AzureMessageQueue
{
    /// <summary>What the name of the queue of poison messages ends with.</summary>
    public const string PoisonSuffix = "-poison";

    private const string Setting = "ConnectionStrings:queues";
    private static readonly TimeSpan Forever = TimeSpan.FromSeconds(-1);

    private readonly QueueClient _queue;
    private readonly QueueClient _poison;

    private AzureMessageQueue(QueueServiceClient service, string name)
    {
        _queue = service.GetQueueClient(name);
        _poison = service.GetQueueClient(name + PoisonSuffix);
    }

    /// <summary>Opens a queue. Nothing is sent yet.</summary>
    /// <param name="connection">An Azure Storage connection string, or the URI of a queue service, to which the process
    /// signs in with the credentials of its environment.</param>
    /// <param name="name">By Azure's rules: 3 to 56 small letters, digits and single hyphens between them.</param>
    /// <exception cref="OrganSegException"><see cref="ErrorKind.Invalid"/>: <c>ConnectionStrings:queues</c> is neither.</exception>
    public static AzureMessageQueue Open(string connection, string name)
    {
        ArgumentNullException.ThrowIfNull(connection);
        var options = new QueueClientOptions { MessageEncoding = QueueMessageEncoding.None };
        AzureTelemetry.Configure(options);
        return new AzureMessageQueue(
            AzureConnection.Open(
                Setting,
                connection.Trim(),
                "an Azure Storage connection string nor a queue service URI",
                text => new QueueServiceClient(text, options),
                uri => new QueueServiceClient(uri, options),
                (uri, credential) => new QueueServiceClient(uri, credential, options)),
            name);
    }

    /// <summary>Puts a message at the end.</summary>
    /// <exception cref="OrganSegException"><see cref="ErrorKind.Dependency"/>: the queue service failed or is away.</exception>
    public Task SendAsync(string text, CancellationToken cancellationToken) => SendAsync(_queue, text, cancellationToken);

    /// <summary>Takes the first message that nobody has, or returns null.</summary>
    /// <param name="hidden">How long others do not see it, 1 s to 7 days.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="OrganSegException"><see cref="ErrorKind.Dependency"/>.</exception>
    public async Task<QueuedMessage?> ReceiveAsync(TimeSpan hidden, CancellationToken cancellationToken)
    {
        QueueMessage? message = await GuardAsync(
            async () => (QueueMessage?)(await _queue.ReceiveMessageAsync(hidden, cancellationToken)).Value, onMissing: null);
        return message is null
            ? null
            : new QueuedMessage(
                message.MessageId, message.PopReceipt, message.Body.ToString(), message.DequeueCount, message.InsertedOn);
    }

    /// <summary>Hides a message for longer, or with <see cref="TimeSpan.Zero"/> gives it back.</summary>
    /// <returns>The message with its new receipt; null when it is gone or someone else has taken it since.</returns>
    /// <exception cref="OrganSegException"><see cref="ErrorKind.Dependency"/>.</exception>
    public Task<QueuedMessage?> HideAsync(QueuedMessage message, TimeSpan hidden, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(message);
        return GuardAsync(
            async () =>
            {
                UpdateReceipt receipt = await _queue.UpdateMessageAsync(
                    message.Id, message.Receipt, message.Text, hidden, cancellationToken);
                return (QueuedMessage?)(message with { Receipt = receipt.PopReceipt });
            },
            onMissing: null);
    }

    /// <summary>Deletes a message.</summary>
    /// <returns>False when it is gone already or someone else has taken it since.</returns>
    /// <exception cref="OrganSegException"><see cref="ErrorKind.Dependency"/>.</exception>
    public Task<bool> DeleteAsync(QueuedMessage message, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(message);
        return GuardAsync(
            async () =>
            {
                await _queue.DeleteMessageAsync(message.Id, message.Receipt, cancellationToken);
                return true;
            },
            onMissing: false);
    }

    /// <summary>Moves a message to the queue of poison messages, where people find it.</summary>
    /// <param name="message">The message.</param>
    /// <param name="text">What is kept of it, with the reason.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="OrganSegException"><see cref="ErrorKind.Dependency"/>; it may then be in both.</exception>
    public async Task PoisonAsync(QueuedMessage message, string text, CancellationToken cancellationToken)
    {
        await SendAsync(_poison, text, cancellationToken);
        await DeleteAsync(message, cancellationToken);
    }

    private static async Task SendAsync(QueueClient queue, string text, CancellationToken cancellationToken)
    {
        async Task<bool> TryAsync()
        {
            await queue.SendMessageAsync(text, TimeSpan.Zero, Forever, cancellationToken);
            return true;
        }

        if (!await GuardAsync(TryAsync, onMissing: false))
        {
            await GuardAsync(async () => await queue.CreateIfNotExistsAsync(cancellationToken: cancellationToken), onMissing: null);
            await GuardAsync(TryAsync, onMissing: false);
        }
    }

    private static async Task<T> GuardAsync<T>(Func<Task<T>> work, T onMissing)
    {
        try
        {
            return await work();
        }
        catch (RequestFailedException e) when (e.Status == 404 || e.ErrorCode == QueueErrorCode.PopReceiptMismatch)
        {
            return onMissing;
        }
        catch (Exception e) when (AzureErrors.Translate(e) is not null)
        {
            throw new OrganSegException(
                ErrorKind.Dependency,
                e is RequestFailedException { Status: > 0 } failed
                    ? $"The queue service failed with status {failed.Status} ({failed.ErrorCode ?? "no code"}); check {Setting} and the rights of its account."
                    : $"The queue service does not answer; check that it runs and that {Setting} names it.",
                e);
        }
    }
}
