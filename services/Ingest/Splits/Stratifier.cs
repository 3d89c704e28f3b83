namespace OrganSeg.Ingest.Splits;

/// <summary>
/// Divides cases into parts of fixed numbers of cases, so that each organ is in all parts in the same share: iterative
/// stratification (Sechidis, Tsoumakas and Vlahavas, On the stratification of multi-label data, ECML PKDD 2011), in which the
/// organ that the fewest remaining cases have is handed out first. Unlike there, no part grows beyond its number, in the end cases
/// are exchanged where that brings a missing organ to a part, and of several orders the one that misses the fewest is taken.
/// </summary>
internal sealed class Stratifier
{
    /// <summary>Times that it is tried from another order when an organ is missing from a part that could have it.</summary>
    private const int Attempts = 16;

    private readonly CaseToDivide[] _cases;
    private readonly int[] _capacities;
    private readonly Dictionary<byte, double[]> _wanted;
    private readonly int[] _parts;
    private readonly int[] _free;
    private readonly long[] _slices;

    private Stratifier(CaseToDivide[] cases, int[] capacities, Func<int, double[]> wanted)
    {
        _cases = cases;
        _capacities = capacities;
        _wanted = Organs(cases).ToDictionary(organ => organ, organ => wanted(cases.Count(one => one.Organs.Contains(organ))));
        _parts = new int[cases.Length];
        Array.Fill(_parts, -1);
        _free = [.. capacities];
        _slices = new long[capacities.Length];
    }

    /// <summary>Divides.</summary>
    /// <param name="cases">Names are distinct; their order does not matter.</param>
    /// <param name="capacities">Cases of each part; their sum is the number of cases.</param>
    /// <param name="wanted">For an organ that so many cases have, how many of them each part should get.</param>
    /// <param name="seed">Of the order among cases that are equally good.</param>
    /// <returns>The part of each case by its name.</returns>
    public static IReadOnlyDictionary<string, int> Divide(
        IEnumerable<CaseToDivide> cases, int[] capacities, Func<int, double[]> wanted, ulong seed)
    {
        var drawn = cases.OrderBy(one => one.Name, StringComparer.Ordinal).ToArray();
        var random = new SplitMix(seed);
        (Stratifier Division, int Missing)? best = null;
        for (var attempt = 0; attempt < Attempts && best is not { Missing: 0 }; attempt++)
        {
            random.Shuffle(drawn.AsSpan());
            var division = new Stratifier([.. drawn], capacities, wanted);
            division.HandOut();
            var missing = division.Exchange(wanted);
            if (best is not { } before || missing < before.Missing)
            {
                best = (division, missing);
            }
        }

        // There was at least one attempt.
        var chosen = best!.Value.Division;
        return chosen._cases.Zip(chosen._parts).ToDictionary(pair => pair.First.Name, pair => pair.Second, StringComparer.Ordinal);
    }

    private static IEnumerable<byte> Organs(IEnumerable<CaseToDivide> cases) =>
        cases.SelectMany(one => one.Organs).Distinct().Order();

    private void HandOut()
    {
        var left = _wanted.Keys.ToDictionary(organ => organ, organ => _cases.Count(one => one.Organs.Contains(organ)));
        while (left.Where(organ => organ.Value > 0).OrderBy(organ => organ.Value).ThenBy(organ => organ.Key).Select(organ => (byte?)organ.Key)
            .FirstOrDefault() is { } rarest)
        {
            for (var i = 0; i < _cases.Length; i++)
            {
                if (_parts[i] < 0 && _cases[i].Organs.Contains(rarest))
                {
                    Put(i, BestPart(_wanted[rarest]));
                    foreach (var organ in _cases[i].Organs)
                    {
                        left[organ]--;
                    }
                }
            }
        }

        for (var i = 0; i < _cases.Length; i++)
        {
            if (_parts[i] < 0)
            {
                Put(i, BestPart(Array.ConvertAll(_free, free => (double)free)));
            }
        }
    }

    private void Put(int i, int part)
    {
        _parts[i] = part;
        _free[part]--;
        _slices[part] += _cases[i].Slices;
        foreach (var organ in _cases[i].Organs)
        {
            _wanted[organ][part]--;
        }
    }

    /// <summary>Where most are wanted; of those, where most cases are free, then where there are fewest slices.</summary>
    private int BestPart(double[] wanted) => Enumerable.Range(0, _free.Length)
        .Where(part => _free[part] > 0)
        .OrderByDescending(part => wanted[part])
        .ThenByDescending(part => _free[part])
        .ThenBy(part => _slices[part])
        .First();

    /// <summary>Exchanges two cases as long as that brings an organ to a part that wants it and has none.</summary>
    /// <returns>How many organs are missing from a part in the end.</returns>
    private int Exchange(Func<int, double[]> wanted)
    {
        var members = _wanted.Keys.ToDictionary(
            organ => organ, organ => Enumerable.Range(0, _cases.Length).Where(i => _cases[i].Organs.Contains(organ)).ToArray());
        var needed = members.ToDictionary(pair => pair.Key, pair => Array.ConvertAll(wanted(pair.Value.Length), value => value >= 1));
        while (Missing() is > 0 and var missing && TryExchange(missing))
        {
        }

        return Missing();

        int Missing() => members.Sum(organ => Enumerable.Range(0, _capacities.Length)
            .Count(part => needed[organ.Key][part] && _capacities[part] > 0 && !organ.Value.Any(i => _parts[i] == part)));

        bool TryExchange(int missing)
        {
            foreach (var (organ, having) in members)
            {
                foreach (var part in Enumerable.Range(0, _capacities.Length).Where(part => needed[organ][part] && !having.Any(i => _parts[i] == part)))
                {
                    var receivers = Enumerable.Range(0, _cases.Length).Where(i => _parts[i] == part).ToArray();
                    foreach (var (donor, receiver) in having.SelectMany(donor => receivers.Select(receiver => (donor, receiver))))
                    {
                        (_parts[donor], _parts[receiver]) = (_parts[receiver], _parts[donor]);
                        if (Missing() < missing)
                        {
                            return true;
                        }

                        (_parts[donor], _parts[receiver]) = (_parts[receiver], _parts[donor]);
                    }
                }
            }

            return false;
        }
    }
}
