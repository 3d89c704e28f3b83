using OrganSeg.ServiceDefaults;
using OrganSeg.Storage;
using OrganSeg.Trainer;
using OrganSeg.Trainer.Headless;

if (HeadlessCommand.IsAskedFor(args))
{
    return await HeadlessCommand.RunAsync(args, Console.Out, Console.Error);
}

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults().AddTrainer();
var app = builder.Build();
app.MapServiceDefaults(app.Services.GetRequiredService<IObjectStore>().Identity);
app.MapGrpcService<TrainerGrpcService>();
await app.RunAsync();
return 0;
