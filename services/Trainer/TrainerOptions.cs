using System.ComponentModel.DataAnnotations;

namespace OrganSeg.Trainer;

/// <summary>How this Trainer works through its runs; section <c>Trainer</c> of the configuration.</summary>
internal sealed class TrainerOptions
{
    public const string Section = "Trainer";

    /// <summary>Seconds between two signs of life of a run.</summary>
    [Range(0.05, 60)]
    public double HeartbeatSeconds { get; set; } = 2;

    /// <summary>Seconds without a sign of life after which a run counts as abandoned and another replica takes it over.</summary>
    [Range(0.2, 3600)]
    public double StaleAfterSeconds { get; set; } = 10;

    /// <summary>Runs that may wait at a time.</summary>
    [Range(1, 10_000)]
    public int QueueLimit { get; set; } = 16;

    /// <summary>Longest time of training, in minutes, that a crash may cost where epochs are longer.</summary>
    [Range(0.01, 1440)]
    public double CheckpointMinutes { get; set; } = 5;

    /// <summary>Longest outage of the store, in minutes, that a run waits out; after that it is left as its last stored
    /// checkpoint has it.</summary>
    [Range(0.001, 10_080)]
    public double StoreWaitMinutes { get; set; } = 1440;

    /// <summary>Threads that a tensor operation may use; 0 is one for each core the process may use. Another number gives
    /// other roundings, so runs repeat to the bit only with the same.</summary>
    [Range(0, 1024)]
    public int Threads { get; set; }

    /// <summary>Largest weights file that may be imported, in MiB.</summary>
    [Range(1, 65_536)]
    public int MaxImportMebibytes { get; set; } = 2048;

    /// <summary>Folder of the files that are being imported; they vanish when their import ends, however it ends.</summary>
    [Required]
    public string SpoolPath { get; set; } = Path.GetTempPath();

    /// <summary>Mebibytes of decoded slices of a split that are held in memory; a larger split goes to a temporary file.</summary>
    [Range(0, 1 << 24)]
    public int CacheMebibytes { get; set; } = 4096;

    /// <summary>Mebibytes of memory that a run may need; 0 is what the machine or the container has left when it begins.</summary>
    [Range(0, 1 << 24)]
    public int MemoryMebibytes { get; set; }

    /// <summary>Name of the queue that <c>ConnectionStrings:queues</c> is used for; messages that cannot be worked on go to the
    /// one of this name with <c>-poison</c> behind it.</summary>
    [RegularExpression("(?=.{3,56}$)[a-z0-9]+(-[a-z0-9]+)*")]
    public string QueueName { get; set; } = "organseg-runs";

    /// <summary>Seconds for which a message stays hidden from other Trainers; hidden anew at a third of them.</summary>
    [Range(1, 3600)]
    public double QueueVisibilitySeconds { get; set; } = 30;

    /// <summary>Seconds from one look into an empty queue to the next.</summary>
    [Range(0.05, 60)]
    public double QueuePollSeconds { get; set; } = 1;

    /// <summary>With a queue: seconds from one look through the store, for runs of which no message tells, to the next.</summary>
    [Range(0.1, 3600)]
    public double QueueSweepSeconds { get; set; } = 15;

    /// <summary>Seconds from one count of the store's runs, which only metrics show, to the next.</summary>
    [Range(1, 3600)]
    public double RunsWatchSeconds { get; set; } = 60;

    /// <summary>Trainers in a row that may vanish while they work on a run without a new checkpoint; then it is ended as
    /// failed, so that a run that kills its Trainer does not do so for ever.</summary>
    [Range(1, 1000)]
    public int MaxAbandonments { get; set; } = 10;

    /// <summary>What is wrong although each field for itself is right; null when nothing is.</summary>
    public string? Contradiction => StaleAfterSeconds > 2 * HeartbeatSeconds
        ? null
        : "Trainer:StaleAfterSeconds must be more than twice Trainer:HeartbeatSeconds, or runs are taken from Trainers that live.";

    public long CacheBytes => (long)CacheMebibytes << 20;

    public long MemoryBytes => (long)MemoryMebibytes << 20;

    public TimeSpan Heartbeat => TimeSpan.FromSeconds(HeartbeatSeconds);

    public TimeSpan StaleAfter => TimeSpan.FromSeconds(StaleAfterSeconds);
}
