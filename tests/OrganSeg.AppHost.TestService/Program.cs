using OrganSeg.AppHost.TestService;

#if !ASPIRE
if (args is ["host", .. var rest])
{
    await TestTopology.RunAsync(rest);
    return;
}
#endif

await TestServer.RunAsync();
