namespace OrganSeg.Trainer.Specifications;

/// <summary>What a run does whose loss is not a number any more, or explodes.</summary>
internal enum Divergence
{
    /// <summary>It fails and says where.</summary>
    Fail,

    /// <summary>It goes back to its last checkpoint and continues at half the learning rate, three times at most.</summary>
    RollBack,
}
