namespace OrganSeg.Ingest.Quality;

/// <summary>The style sheet of <c>quality.html</c>, for screen and print.</summary>
internal static class QualityStyle
{
    public const string Css = """
        :root { --ink: #1b2733; --soft: #5b6b7a; --line: #d7dee5; --ground: #f5f7f9; }
        * { box-sizing: border-box; }
        body { margin: 0; background: var(--ground); color: var(--ink);
          font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
        main { max-width: 1120px; margin: 0 auto; padding: 32px 24px 64px; }
        h1 { margin: 0; font-size: 28px; }
        header p, .note, footer { color: var(--soft); font-size: 13px; }
        section { background: #fff; border: 1px solid var(--line); border-radius: 10px; padding: 4px 24px 24px; margin-top: 24px; }
        h2 { margin: 20px 0 12px; font-size: 20px; }
        .finding { margin-top: 12px; padding: 12px 18px; border-left: 5px solid #b7c3ce; background: #fff; border-radius: 0 8px 8px 0; }
        .finding.warning { border-left-color: #b3261e; background: #fdecea; }
        .finding summary { color: var(--soft); font-size: 13px; cursor: pointer; }
        .scroll { overflow-x: auto; }
        table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
        th, td { padding: 7px 10px; text-align: right; border-bottom: 1px solid var(--line); white-space: nowrap; }
        th { font-size: 13px; color: var(--soft); }
        th:first-child, td:first-child { text-align: left; }
        .chip { display: inline-block; width: 12px; height: 12px; border-radius: 3px; margin-right: 8px; vertical-align: -1px; }
        figure { margin: 20px 0 0; }
        figure img { display: block; max-width: 100%; height: auto; }
        figcaption { color: var(--soft); font-size: 13px; margin-top: 4px; }
        @page { size: A4; margin: 14mm; }
        @media print { body { background: #fff; } main { max-width: none; padding: 0; } section { border: 0; padding: 0; } tr, figure { break-inside: avoid; } }
        """;
}
