using OrganSeg.Testing;

[assembly: AssemblyFixture(typeof(AzuriteServer))]
