using System.Collections.Concurrent;
using OrganSeg.Storage;

namespace OrganSeg.Inference.Serving;

/// <summary>What was run since the process started, by version; kept when a version is given up.</summary>
internal sealed class ServingStatistics
{
    private readonly ConcurrentDictionary<(string Model, string Version), Book> _books = new();

    /// <summary>A request waited and came to its run.</summary>
    public void AddQueue(ModelDocument model, TimeSpan waited) => BookOf(model).Add(book => book.Queue = book.Queue.Plus(1, waited));

    /// <summary>A run that gave what was asked.</summary>
    /// <param name="model">What was run.</param>
    /// <param name="requests">Requests in it.</param>
    /// <param name="images">Images of theirs.</param>
    /// <param name="at">When it ended.</param>
    /// <param name="took">How long it took.</param>
    public void AddRun(ModelDocument model, int requests, int images, DateTimeOffset at, TimeSpan took) => BookOf(model).Add(book =>
    {
        book.Images += images;
        book.Runs++;
        book.Run = book.Run.Plus(requests, took * requests);
        book.Sizes[images] = book.Sizes.GetValueOrDefault(images).Plus(1, took);
        book.Last = at;
    });

    /// <summary>A request that was refused, or failed, or was given up.</summary>
    public void AddFailure(ModelDocument model) => BookOf(model).Add(book => book.Failures++);

    /// <summary>Every version that was ever asked for, by name and then in the order of versions.</summary>
    public IReadOnlyList<VersionStatistics> Read() =>
    [
        .. _books.Select(pair => pair.Value.Read(pair.Key.Model, pair.Key.Version))
            .OrderBy(version => version.Model, StringComparer.Ordinal)
            .ThenBy(version => version.Version.Length)
            .ThenBy(version => version.Version, StringComparer.Ordinal),
    ];

    private Book BookOf(ModelDocument model) => _books.GetOrAdd((model.Model, model.Version), _ => new Book());

    private sealed class Book
    {
        private readonly Lock _lock = new();

        public long Images { get; set; }

        public long Runs { get; set; }

        public long Failures { get; set; }

        public DateTimeOffset? Last { get; set; }

        public TimeTotal Queue { get; set; }

        public TimeTotal Run { get; set; }

        public SortedDictionary<int, TimeTotal> Sizes { get; } = [];

        public void Add(Action<Book> change)
        {
            lock (_lock)
            {
                change(this);
            }
        }

        public VersionStatistics Read(string model, string version)
        {
            lock (_lock)
            {
                return new VersionStatistics(model, version, Images, Runs, Failures, Last, Queue, Run, new SortedDictionary<int, TimeTotal>(Sizes));
            }
        }
    }
}
