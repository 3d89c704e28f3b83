using OrganSeg.Inference;
using OrganSeg.ServiceDefaults;
using OrganSeg.Storage;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults();
builder.AddObjectStore();
builder.AddInference();

var app = builder.Build();
app.MapServiceDefaults(app.Services.GetRequiredService<IObjectStore>().Identity);
app.MapInference();
await app.RunAsync();
