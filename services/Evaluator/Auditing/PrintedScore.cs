using System.Globalization;

namespace OrganSeg.Evaluator.Auditing;

/// <summary>A score as it was printed, and what it may have been before it was rounded.</summary>
/// <param name="Text">As printed.</param>
/// <param name="Value">As a fraction.</param>
/// <param name="HalfUnit">Half a unit of the last printed digit, as a fraction.</param>
internal sealed record PrintedScore(string Text, decimal Value, decimal HalfUnit)
{
    private const NumberStyles Digits = NumberStyles.AllowDecimalPoint;

    // Beyond, the arithmetic of the audit itself would round.
    private const int MostDecimals = 12;

    /// <summary>Smallest value that rounds to this, as a fraction.</summary>
    public decimal Low => Math.Max(0, Value - HalfUnit);

    /// <summary>Largest value that rounds to this, as a fraction.</summary>
    public decimal High => Math.Min(1, Value + HalfUnit);

    /// <summary>Whether a cell says that there is no value.</summary>
    public static bool IsAbsent(string text) => text.Trim().ToUpperInvariant() is "" or "-" or "–" or "—" or "N/A" or "NA" or "NAN";

    /// <summary>Whether a cell without a percent sign can only be a percentage.</summary>
    public static bool IsAboveOne(string text) => decimal.TryParse(text.Trim(), Digits, null, out var value) && value > 1;

    /// <summary>Reads <c>.8812</c>, <c>0.8812</c>, <c>88.12</c> or <c>88.12 %</c>; every printed digit counts, zeros too.</summary>
    /// <param name="text">The cell.</param>
    /// <param name="percent">Whether cells without a sign are percentages.</param>
    /// <param name="score">The score.</param>
    /// <param name="problem">Otherwise what is wrong and what to do.</param>
    public static bool TryParse(string text, bool percent, out PrintedScore? score, out string problem)
    {
        (score, problem) = (null, "");
        var trimmed = text.Trim();
        var signed = trimmed.EndsWith('%');
        var number = signed ? trimmed[..^1].TrimEnd() : trimmed;
        if (!decimal.TryParse(number, Digits, null, out var value))
        {
            problem = $"'{trimmed}' is no score; write it as 0.8812, 88.12 or 88.12%, with a decimal point.";
            return false;
        }

        var decimals = number.Contains('.') ? number.Length - number.IndexOf('.') - 1 : 0;
        var scale = signed || percent ? 100m : 1m;
        if (value > scale)
        {
            problem = $"'{trimmed}' is more than {(scale == 1 ? "1" : "100 %")}; give fractions of 1 or percentages.";
            return false;
        }

        if (decimals > MostDecimals)
        {
            problem = $"'{trimmed}' has {decimals} decimals; give at most {MostDecimals}.";
            return false;
        }

        var unit = 1m;
        for (var i = 0; i < decimals; i++)
        {
            unit /= 10;
        }

        score = new PrintedScore(trimmed, value / scale, unit / 2 / scale);
        return true;
    }
}
