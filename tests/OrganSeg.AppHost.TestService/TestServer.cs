using System.Net;
using System.Net.Sockets;
using OrganSeg.ServiceDefaults;

namespace OrganSeg.AppHost.TestService;

/// <summary>
/// A service on the real defaults. Configuration makes it misbehave, for the service that is named as the value:
/// <c>FailAtStart</c> (exits with code 7), <c>NeverHealthy</c>, <c>IgnoreStop</c> (does not end when it is asked to),
/// <c>CrashWhenHealthy</c> (exits with code 8 after its first answer), <c>LosePort</c> (its ports are taken at its first
/// start). <c>TraceFile</c>: a line is added at each start.
/// </summary>
internal static class TestServer
{
    public static async Task RunAsync()
    {
        var builder = WebApplication.CreateBuilder();
        var name = builder.Configuration["OTEL_SERVICE_NAME"];
        if (builder.Configuration["TraceFile"] is { } file)
        {
            await File.AppendAllTextAsync(file, $"start {name}\n");
        }

        if (Is("FailAtStart"))
        {
            Console.WriteLine("a setting is wrong");
            Environment.Exit(7);
        }

        var listeners = new List<TcpListener>();
        if (Is("LosePort") && builder.Configuration["OTEL_RESOURCE_ATTRIBUTES"]!.Split(',', '=').Any(value => value.EndsWith($"-{name}-1", StringComparison.Ordinal)))
        {
            foreach (var endpoint in builder.Configuration.GetSection("Kestrel:Endpoints").GetChildren())
            {
                listeners.Add(new TcpListener(IPAddress.Loopback, new Uri(endpoint["Url"]!).Port));
                listeners[^1].Start();
            }
        }

        if (Is("IgnoreStop"))
        {
            builder.Configuration["ORGANSEG_STOP_WITH_STDIN"] = "0";
        }

        builder.AddServiceDefaults();
        var app = builder.Build();
        app.MapGet("/health", async (HttpContext context) =>
        {
            if (Is("NeverHealthy"))
            {
                return Results.StatusCode(503);
            }

            if (Is("CrashWhenHealthy"))
            {
                context.Response.OnCompleted(() =>
                {
                    Environment.Exit(8);
                    return Task.CompletedTask;
                });
            }

            if (builder.Configuration["TraceFile"] is { } trace)
            {
                await File.AppendAllTextAsync(trace, $"healthy {name}\n", context.RequestAborted);
            }

            return Results.Ok();
        });
        app.MapGet("/pid", () => Environment.ProcessId);
        app.MapGet("/environment", () => Environment.GetEnvironmentVariables());
        await app.RunAsync();
        listeners.ForEach(listener => listener.Dispose());

        bool Is(string behaviour) => builder.Configuration[behaviour] == name;
    }
}
