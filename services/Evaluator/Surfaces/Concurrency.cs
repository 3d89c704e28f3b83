namespace OrganSeg.Evaluator.Surfaces;

/// <summary>How many cores one pair of label maps may use. Results do not depend on it.</summary>
internal readonly record struct Concurrency(int Cores)
{
    /// <summary>All of the machine's, or of the container's.</summary>
    public static Concurrency All => new(Environment.ProcessorCount);

    /// <summary>One: others are measured beside it.</summary>
    public static Concurrency None => new(1);

    /// <summary>Does something for 0 up to <paramref name="count"/>, at the same time and in any order.</summary>
    public void For(int count, Action<int> body)
    {
        if (Cores <= 1 || count == 1)
        {
            for (var i = 0; i < count; i++)
            {
                body(i);
            }

            return;
        }

        try
        {
            Parallel.For(0, count, new ParallelOptions { MaxDegreeOfParallelism = Cores }, body);
        }
        catch (AggregateException error)
        {
            // As the loop would have thrown it.
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(error.InnerExceptions[0]);
        }
    }
}
