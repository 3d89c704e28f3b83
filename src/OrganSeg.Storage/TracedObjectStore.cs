using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace OrganSeg.Storage;

/// <summary>Gives every store the same spans and metrics.</summary>
internal sealed class TracedObjectStore(IObjectStore inner, TimeProvider time) : IObjectStore
{
    public string Identity => inner.Identity;

    public Task<StoredObject?> FindAsync(string container, string name, CancellationToken cancellationToken) =>
        TraceAsync("find", container, _ => inner.FindAsync(container, name, cancellationToken));

    public async Task<Stream> OpenReadAsync(
        string container, string name, long offset, long? length, CancellationToken cancellationToken)
    {
        const string Operation = "read";
        long started = time.GetTimestamp();
        Activity? activity = StorageTelemetry.Start(Operation, container);
        try
        {
            // The span lasts until the caller has read what it wanted and closes the stream.
            Stream content = await inner.OpenReadAsync(container, name, offset, length, cancellationToken);
            return new CountingReadStream(
                content,
                activity,
                (bytes, failure) =>
                {
                    StorageTelemetry.Ended(Operation, container, time.GetElapsedTime(started), failure);
                    StorageTelemetry.Moved(Operation, container, bytes);
                });
        }
        catch (Exception e)
        {
            StorageTelemetry.Ended(Operation, container, time.GetElapsedTime(started), e);
            activity?.Fail(e);
            activity?.Dispose();
            throw;
        }
    }

    public Task<StoredObject> WriteAsync(
        string container, string name, Stream content, WriteCondition condition, CancellationToken cancellationToken) =>
        TraceAsync("write", container, async activity =>
        {
            StoredObject written = await inner.WriteAsync(container, name, content, condition, cancellationToken);
            activity?.SetTag(StorageTelemetry.SizeTag, written.Length);
            StorageTelemetry.Moved("write", container, written.Length);
            return written;
        });

    public IAsyncEnumerable<StoredObject> ListAsync(
        string container, string prefix, CancellationToken cancellationToken) =>
        TraceListAsync(container, inner.ListAsync(container, prefix, cancellationToken), cancellationToken);

    public IAsyncEnumerable<string> ListFoldersAsync(
        string container, string folder, CancellationToken cancellationToken) =>
        TraceListAsync(container, inner.ListFoldersAsync(container, folder, cancellationToken), cancellationToken);

    public Task DeleteAsync(string container, string name, CancellationToken cancellationToken) =>
        TraceAsync("delete", container, async _ =>
        {
            await inner.DeleteAsync(container, name, cancellationToken);
            return true;
        });

    private async Task<T> TraceAsync<T>(string operation, string container, Func<Activity?, Task<T>> action)
    {
        long started = time.GetTimestamp();
        Exception? failure = null;
        using Activity? activity = StorageTelemetry.Start(operation, container);
        try
        {
            return await action(activity);
        }
        catch (Exception e)
        {
            failure = e;
            activity?.Fail(e);
            throw;
        }
        finally
        {
            StorageTelemetry.Ended(operation, container, time.GetElapsedTime(started), failure);
        }
    }

    private async IAsyncEnumerable<T> TraceListAsync<T>(
        string container, IAsyncEnumerable<T> source, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // Between two items the caller's own code runs, which must not find itself inside this span, nor be counted in.
        Activity? outer = Activity.Current;
        using Activity? activity = StorageTelemetry.Start("list", container);
        Activity.Current = outer;
        long count = 0;
        var took = TimeSpan.Zero;
        bool failed = false;
        await using IAsyncEnumerator<T> items = source.GetAsyncEnumerator(cancellationToken);
        try
        {
            while (await MoveAsync())
            {
                count++;
                yield return items.Current;
            }
        }
        finally
        {
            // Also where the caller has seen enough.
            if (!failed)
            {
                StorageTelemetry.Ended("list", container, took, failure: null);
                activity?.SetTag(StorageTelemetry.CountTag, count);
            }
        }

        async Task<bool> MoveAsync()
        {
            long started = time.GetTimestamp();
            try
            {
                if (activity is not null)
                {
                    Activity.Current = activity;
                }

                return await items.MoveNextAsync();
            }
            catch (Exception e)
            {
                failed = true;
                StorageTelemetry.Ended("list", container, took + time.GetElapsedTime(started), e);
                activity?.Fail(e);
                throw;
            }
            finally
            {
                took += time.GetElapsedTime(started);
            }
        }
    }

    /// <summary>Counts what is read, and ends the span and tells when it is closed.</summary>
    private sealed class CountingReadStream(Stream inner, Activity? activity, Action<long, Exception?> closed) : Stream
    {
        private long _bytes;
        private Exception? _failure;
        private bool _ended;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            try
            {
                return Count(await inner.ReadAsync(buffer, cancellationToken));
            }
            catch (Exception e)
            {
                Fail(e);
                throw;
            }
        }

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override int Read(Span<byte> buffer)
        {
            try
            {
                return Count(inner.Read(buffer));
            }
            catch (Exception e)
            {
                Fail(e);
                throw;
            }
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override async ValueTask DisposeAsync()
        {
            await inner.DisposeAsync();
            End();
            await base.DisposeAsync();
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                inner.Dispose();
                End();
            }

            base.Dispose(disposing);
        }

        private int Count(int read)
        {
            _bytes += read;
            return read;
        }

        private void Fail(Exception failure)
        {
            _failure = failure;
            activity?.Fail(failure);
        }

        private void End()
        {
            if (_ended)
            {
                return;
            }

            _ended = true;
            closed(_bytes, _failure);
            if (activity is not null)
            {
                // Ending a span makes its parent current again; whoever closes the stream may be in another one by now.
                Activity? current = Activity.Current;
                activity.SetTag(StorageTelemetry.SizeTag, _bytes);
                activity.Dispose();
                Activity.Current = current;
            }
        }
    }
}
