using OrganSeg.Evaluator;
using OrganSeg.ServiceDefaults;
using OrganSeg.Storage;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults();
builder.AddObjectStore();
builder.AddEvaluator();

var app = builder.Build();
app.MapServiceDefaults(app.Services.GetRequiredService<IObjectStore>().Identity);
app.MapEvaluator();
await app.RunAsync();
