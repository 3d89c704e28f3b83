using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Google.Api;
using OrganSeg.V1;

namespace OrganSeg.Inference.Tests;

/// <summary>The service's OpenAPI document.</summary>
public sealed class OpenApiTests
{
    [Fact]
    public async Task Document_OfTheService_HasEveryPathOfBothApis()
    {
        await using var fixture = await Fixture.StartAsync();
        using var http = fixture.Http();

        var document = (await http.GetFromJsonAsync<JsonObject>("/openapi/v1.json", TestContext.Current.CancellationToken))!;

        var paths = document["paths"]!.AsObject();
        foreach (var method in InferenceService.Descriptor.Methods)
        {
            if (method.GetOptions()?.GetExtension(AnnotationsExtensions.Http) is { } rule)
            {
                Assert.NotNull(rule.Get.Length > 0 ? paths[rule.Get]!["get"] : paths[rule.Post]!["post"]);
            }
        }

        Assert.Contains("label map", paths["/v1/segment"]!["post"]!["summary"]!.GetValue<string>(), StringComparison.Ordinal);
        foreach (var path in (string[])["/v2", "/v2/models/{model}", "/v2/models/{model}/versions/{version}/ready", "/v2/health/ready"])
        {
            Assert.NotNull(paths[path]!["get"]!["summary"]);
        }

        var infer = paths["/v2/models/{model}/infer"]!["post"]!;
        Assert.Equal("model", Assert.Single(infer["parameters"]!.AsArray())!["name"]!.GetValue<string>());
        Assert.True(infer["requestBody"]!["content"]!.AsObject().ContainsKey("application/octet-stream"));
        Assert.Equal("Open Inference Protocol", infer["tags"]![0]!.GetValue<string>());
    }
}
