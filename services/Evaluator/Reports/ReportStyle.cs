namespace OrganSeg.Evaluator.Reports;

/// <summary>The style sheet of <c>report.html</c>, for screen and print.</summary>
internal static class ReportStyle
{
    public const string Css = """
        :root { --ink: #1b2733; --soft: #5b6b7a; --line: #d7dee5; --ground: #f5f7f9; --accent: #1f5f8b; }
        * { box-sizing: border-box; }
        body { margin: 0; background: var(--ground); color: var(--ink);
          font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
        main { max-width: 1120px; margin: 0 auto; padding: 32px 24px 64px; }
        header h1 { margin: 0; font-size: 28px; letter-spacing: -0.01em; }
        header p { margin: 4px 0 0; color: var(--soft); }
        h2 { margin: 40px 0 12px; font-size: 20px; }
        h3 { margin: 28px 0 8px; font-size: 16px; }
        section.card { background: #fff; border: 1px solid var(--line); border-radius: 10px; padding: 4px 24px 24px; margin-top: 24px; }
        section.card h2 { margin-top: 20px; }
        dl.facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: 12px 24px;
          margin: 24px 0 0; padding: 18px 24px; background: #fff; border: 1px solid var(--line); border-radius: 10px; }
        dl.facts dt { color: var(--soft); font-size: 12px; text-transform: uppercase; letter-spacing: 0.04em; }
        dl.facts dd { margin: 0; font-weight: 600; overflow-wrap: anywhere; }
        .warning { margin-top: 12px; padding: 12px 18px; border-left: 5px solid #b7c3ce; background: #fff; border-radius: 0 8px 8px 0; }
        .warning.serious { border-left-color: #b3261e; background: #fdecea; }
        .warning strong { display: block; }
        .scroll { overflow-x: auto; }
        table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
        th, td { padding: 7px 10px; text-align: right; border-bottom: 1px solid var(--line); white-space: nowrap; }
        th { font-weight: 600; font-size: 13px; color: var(--soft); }
        th.group { text-align: center; color: var(--ink); border-bottom: 2px solid var(--accent); }
        td.f1 { font-weight: 700; }
        td.n { color: var(--soft); font-size: 12px; }
        th.words { text-align: left; }
        td.words { white-space: normal; text-align: left; font-size: 12px; min-width: 110px; }
        th:first-child, td:first-child { text-align: left; }
        .gap { border-left: 12px solid #fff; }
        tr.mean td { border-top: 2px solid var(--line); border-bottom: 0; }
        .undefined { color: var(--soft); font-weight: 400; }
        table.confusion { width: auto; }
        table.confusion td { min-width: 92px; border: 2px solid #fff; }
        table.confusion td small { display: block; font-size: 11px; opacity: 0.8; }
        .chip { display: inline-block; width: 12px; height: 12px; border-radius: 3px; margin-right: 8px; vertical-align: -1px; }
        .legend { display: flex; flex-wrap: wrap; gap: 6px 20px; margin: 4px 0 0; padding: 0; list-style: none; }
        figure { margin: 20px 0 0; }
        figure img { display: block; max-width: 100%; height: auto; border-radius: 4px; }
        figure.panel img { width: 100%; }
        figcaption { color: var(--soft); font-size: 13px; margin-top: 4px; }
        figcaption b { color: var(--ink); }
        .definitions dt { font-weight: 600; }
        .definitions dd { margin: 0 0 8px; color: var(--soft); }
        .verdicts { margin: 12px 0 0; padding-left: 20px; }
        .note { color: var(--soft); font-size: 13px; }
        footer { margin-top: 40px; color: var(--soft); font-size: 13px; overflow-wrap: anywhere; }
        @page { size: A4; margin: 14mm; }
        @media print {
          body { background: #fff; font-size: 10pt; -webkit-print-color-adjust: exact; print-color-adjust: exact; }
          main { max-width: none; padding: 0; }
          section.card, dl.facts { border: 0; padding: 0; margin-top: 14px; }
          section.card h2 { margin-top: 0; }
          h2, h3, h2 + .note, h3 + .note { break-after: avoid; }
          figure, table, .scroll, .warning { break-inside: avoid; }
          .long, .long table { break-inside: auto; }
          tr { break-inside: avoid; }
          .scroll { overflow: visible; }
          th, td { padding: 4px 6px; }
          th { font-size: 8.5pt; }
          table.confusion td { min-width: 0; }
        }
        """;
}
