using System.Text;

namespace OrganSeg.Storage;

/// <summary>
/// The evaluations a card tells of. They travel within the card, as JSON in a comment at its end, so that card and history are one
/// blob and cannot part.
/// </summary>
internal sealed record ModelCardEvaluations : IStoredDocument
{
    /// <summary>Evaluations that are remembered.</summary>
    public const int MostRemembered = 10;

    private const string Begin = "<!-- evaluations ";
    private const string End = " -->";

    public static ModelCardEvaluations None { get; } = new();

    public int Schema { get; init; } = 1;

    /// <summary>The newest evaluation, in full; null when there was none.</summary>
    public ModelEvaluation? Latest { get; init; }

    /// <summary>The newest evaluations, the newest first.</summary>
    public IReadOnlyList<EvaluationSummary> History { get; init; } = [];

    /// <summary>With one more; one of a report that is there already takes its place.</summary>
    public ModelCardEvaluations With(ModelEvaluation evaluation) => new()
    {
        Latest = Latest is { } latest && latest.EvaluatedAt > evaluation.EvaluatedAt ? latest : evaluation,
        History =
        [
            .. History.Where(one => one.ReportId != evaluation.ReportId)
                .Append(evaluation.Summary)
                .OrderByDescending(one => one.EvaluatedAt)
                .ThenByDescending(one => one.ReportId, StringComparer.Ordinal)
                .Take(MostRemembered),
        ],
    };

    /// <summary>The comment.</summary>
    public string ToComment()
    {
        // Two hyphens could end the comment. Numbers and times hold none, so these are within strings, where an escape is legal.
        string json = Encoding.UTF8.GetString(StoredJson.Serialize(this)).Replace("--", "-\\u002d", StringComparison.Ordinal);
        return $"{Begin}{json}{End}\n";
    }

    /// <summary>What a card remembers. A card that was changed by hand so that nothing can be read of it remembers nothing.</summary>
    public static ModelCardEvaluations Read(ReadOnlySpan<byte> card)
    {
        string text = Encoding.UTF8.GetString(card);
        int begin = text.LastIndexOf(Begin, StringComparison.Ordinal);
        int end = begin < 0 ? -1 : text.IndexOf(End, begin, StringComparison.Ordinal);
        if (end < 0)
        {
            return None;
        }

        try
        {
            string json = text[(begin + Begin.Length)..end];
            return StoredJson.Deserialize<ModelCardEvaluations>(Encoding.UTF8.GetBytes(json), ModelCards.File);
        }
        catch (OrganSegException e) when (e.Kind is ErrorKind.Corrupt)
        {
            return None;
        }
    }
}
