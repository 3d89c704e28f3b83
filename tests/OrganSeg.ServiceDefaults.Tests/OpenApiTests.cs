using System.Net.Http.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Google.Api;
using Google.Protobuf.Reflection;
using Microsoft.AspNetCore.Builder;
using OrganSeg.V1;

namespace OrganSeg.ServiceDefaults.Tests;

/// <summary>The OpenAPI document against the descriptors of the protos, so that the two cannot part.</summary>
public sealed class OpenApiTests
{
    [Fact]
    public async Task Document_OfEveryService_HasEveryAnnotatedMethod()
    {
        var token = TestContext.Current.CancellationToken;
        await using var service = await TestService.StartAsync((_, _) => Task.FromResult(new Model()), token, map: app =>
        {
            app.MapGrpcService<Ingest>();
            app.MapGrpcService<Trainer>();
            app.MapGrpcService<Evaluator>();
        });

        var document = (await service.Http.GetFromJsonAsync<JsonObject>(new Uri("/openapi/v1.json", UriKind.Relative), token))!;

        Assert.StartsWith("3.", document["openapi"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Equal("OrganSeg probe", document["info"]!["title"]!.GetValue<string>());
        var paths = document["paths"]!.AsObject();
        Assert.NotNull(paths["/v1/info"]);
        // As the proto says.
        Assert.Equal("Every version of every model.", paths["/v1/models"]!["get"]!["summary"]!.GetValue<string>());
        ServiceDescriptor[] services =
        [
            InferenceService.Descriptor, IngestService.Descriptor, TrainerService.Descriptor, EvaluatorService.Descriptor,
        ];
        var annotated = services.SelectMany(descriptor => descriptor.Methods)
            .Select(method => (method, Rule: method.GetOptions()?.GetExtension(AnnotationsExtensions.Http)))
            .Where(pair => pair.Rule is not null)
            .ToList();
        Assert.InRange(annotated.Count, 10, 100);
        Assert.All(annotated, pair => AssertDescribed(paths, pair.method, pair.Rule!));
    }

    private static void AssertDescribed(JsonObject paths, MethodDescriptor method, HttpRule rule)
    {
        var (verb, pattern) = rule.PatternCase == HttpRule.PatternOneofCase.Get ? ("get", rule.Get) : ("post", rule.Post);
        // In the document a field has the name that it has in JSON.
        var path = Regex.Replace(pattern, @"(?<=\{)\w+(?=\})", field => method.InputType.FindFieldByName(field.Value).JsonName);
        var operation = paths[path]?[verb];
        Assert.True(operation is not null, $"{method.FullName}: {verb} {path} is not in the document.");
        Assert.Equal(method.Service.Name, operation["tags"]![0]!.GetValue<string>());
    }

    private sealed class Ingest : IngestService.IngestServiceBase;

    private sealed class Trainer : TrainerService.TrainerServiceBase;

    private sealed class Evaluator : EvaluatorService.EvaluatorServiceBase;
}
