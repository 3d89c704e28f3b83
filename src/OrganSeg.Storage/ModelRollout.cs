namespace OrganSeg.Storage;

/// <summary>A version that takes a share of the requests that come by an alias.</summary>
/// <param name="Model">The model.</param>
/// <param name="Version">Its version.</param>
/// <param name="Share">Above 0, at most 1.</param>
public sealed record ModelRollout(string Model, string Version, double Share)
{
    /// <summary><c>model@version</c>.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public string Reference => $"{Model}@{Version}";

    /// <summary>Refuses what is no share of requests.</summary>
    /// <exception cref="OrganSegException"><see cref="ErrorKind.Invalid"/>, naming the field <c>share</c>.</exception>
    public static void CheckShare(double share)
    {
        // Written so that NaN is refused too.
        if (!(share > 0 && share <= 1))
        {
            throw OrganSegException.Invalid("share", FormattableString.Invariant($"is {share}; it must be above 0 and at most 1."));
        }
    }
}
