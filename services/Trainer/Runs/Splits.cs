namespace OrganSeg.Trainer.Runs;

/// <summary>Names of a dataset's splits.</summary>
internal static class Splits
{
    public const string Train = "train";
    public const string Validation = "validation";
}
