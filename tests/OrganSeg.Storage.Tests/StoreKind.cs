namespace OrganSeg.Storage.Tests;

public enum StoreKind
{
    Folder,
    Azurite,
}
