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
}
