namespace OrganSeg.AppHost.Offline;

/// <summary>An endpoint as a service declares it. Transport is <c>http</c> or <c>http2</c>.</summary>
internal sealed record ServiceEndpoint(string Name, string Scheme, string Transport, int DeclaredPort);
