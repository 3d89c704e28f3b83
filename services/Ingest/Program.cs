using OrganSeg.Ingest;
using OrganSeg.ServiceDefaults;
using OrganSeg.Storage;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults();
builder.AddObjectStore();
builder.AddIngest();

var app = builder.Build();
app.MapIngest();
await app.RunAsync();
