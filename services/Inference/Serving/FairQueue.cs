using System.Diagnostics.CodeAnalysis;

namespace OrganSeg.Inference.Serving;

/// <summary>
/// A queue that takes from its clients in turn, so that one with much to do delays another by one item at most. Who would
/// rather be refused than wait finds only so many places; who waits for an answer anyway is bounded by its own window.
/// </summary>
/// <param name="capacity">Places of the impatient.</param>
internal sealed class FairQueue<T>(int capacity) : IDisposable
    where T : class
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Line> _lines = new(StringComparer.Ordinal);
    private readonly LinkedList<Line> _turns = [];
    private readonly SemaphoreSlim _filled = new(0);
    private int _impatient;
    private bool _closed;

    /// <summary>Whether the impatient find no place at this moment.</summary>
    public bool IsFull => Volatile.Read(ref _impatient) >= capacity;

    /// <summary>Items that wait.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _lines.Values.Sum(line => line.Items.Count);
            }
        }
    }

    /// <summary>Adds an item behind those of the same client.</summary>
    /// <returns>False: it is impatient and every place is taken.</returns>
    /// <exception cref="OrganSegException"><see cref="ErrorKind.Dependency"/>: the queue is closed.</exception>
    public bool TryAdd(string client, T item, bool patient)
    {
        lock (_lock)
        {
            if (_closed)
            {
                throw new OrganSegException(ErrorKind.Dependency, "The service is shutting down; call again.");
            }

            if (!patient && _impatient >= capacity)
            {
                return false;
            }

            _impatient += patient ? 0 : 1;
            if (!_lines.TryGetValue(client, out var line))
            {
                _lines[client] = line = new Line(client);
                line.Turn = _turns.AddLast(line);
            }

            line.Items.Enqueue((item, patient));
            _filled.Release();
            return true;
        }
    }

    /// <summary>Waits until something was added since the last time, or the queue is closed.</summary>
    /// <param name="timeout">Gives up after that.</param>
    public void Wait(TimeSpan timeout) => _filled.Wait(timeout);

    /// <summary>Whether nothing waits and nothing will: who is woken by the end must not wait again.</summary>
    public bool IsDone
    {
        get
        {
            lock (_lock)
            {
                return _closed && _turns.Count == 0;
            }
        }
    }

    /// <summary>Takes the next client's oldest item, unless it is none that <paramref name="accepts"/> wants.</summary>
    public bool TryTake(Predicate<T> accepts, [NotNullWhen(true)] out T? item)
    {
        lock (_lock)
        {
            item = null;
            if (_turns.First?.Value is not { } line || !accepts(line.Items.Peek().Item))
            {
                return false;
            }

            (item, var patient) = line.Items.Dequeue();
            _impatient -= patient ? 0 : 1;
            _turns.RemoveFirst();
            if (line.Items.Count > 0)
            {
                _turns.AddLast(line.Turn!);
            }
            else
            {
                _lines.Remove(line.Client);
            }

            return true;
        }
    }

    /// <summary>Takes no more items; what is in it can still be taken.</summary>
    public void Close()
    {
        lock (_lock)
        {
            _closed = true;
            _filled.Release();
        }
    }

    public void Dispose() => _filled.Dispose();

    private sealed class Line(string client)
    {
        public string Client => client;

        public Queue<(T Item, bool Patient)> Items { get; } = new();

        public LinkedListNode<Line>? Turn { get; set; }
    }
}
