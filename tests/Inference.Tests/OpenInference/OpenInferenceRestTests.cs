using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using OrganSeg.Inference.Tests.Support;

namespace OrganSeg.Inference.Tests.OpenInference;

/// <summary>The Open Inference Protocol as JSON over HTTP, with and without the binary data extension.</summary>
public sealed class OpenInferenceRestTests
{
    private const int Side = 16;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("/v2/health/live", HttpStatusCode.OK, "live")]
    [InlineData("/v2/health/ready", HttpStatusCode.OK, "ready")]
    [InlineData("/v2", HttpStatusCode.OK, "extensions")]
    [InlineData("/v2/models/grey", HttpStatusCode.OK, "platform")]
    [InlineData("/v2/models/grey/versions/1", HttpStatusCode.OK, "inputs")]
    [InlineData("/v2/models/grey/ready", HttpStatusCode.OK, "ready")]
    [InlineData("/v2/models/grey/versions/1/ready", HttpStatusCode.OK, "ready")]
    [InlineData("/v2/models/nobody", HttpStatusCode.NotFound, "error")]
    [InlineData("/v2/models/grey/versions/2", HttpStatusCode.NotFound, "error")]
    [InlineData("/v2/models/grey/versions/x/ready", HttpStatusCode.BadRequest, "error")]
    public async Task Get_EachPath_AnswersAsTheProtocolSays(string path, HttpStatusCode status, string field)
    {
        await using var fixture = await Fixture.StartAsync();
        await fixture.PublishAsync("grey", GreyModel.Onnx());
        using var http = Http(fixture);

        using var answer = await http.GetAsync(path, Token);

        Assert.Equal(status, answer.StatusCode);
        Assert.True((await JsonAsync(answer)).ContainsKey(field));
    }

    [Fact]
    public async Task Infer_Json_NestedOrFlat_SameAnswer()
    {
        await using var fixture = await Fixture.StartAsync();
        await fixture.PublishAsync("grey", GreyModel.Onnx());
        using var http = Http(fixture);
        var truth = Fixture.Stripes(Side, Side);
        var flat = truth.Pixels.Select(label => label * GreyModel.GreyPerClass).ToArray();
        var nested = new[] { new[] { flat.Chunk(Side).ToArray() } };

        var ofFlat = await InferAsync(http, Body(flat));
        var ofNested = await InferAsync(http, Body(nested));

        Assert.Equal("7", ofFlat["id"]!.GetValue<string>());
        var labels = ofFlat["outputs"]!.AsArray()[0]!;
        Assert.Equal(truth.Pixels.Select(label => (int)label), labels["data"]!.AsArray().Select(value => value!.GetValue<int>()));
        Assert.Equal([1, Side, Side], labels["shape"]!.AsArray().Select(value => value!.GetValue<int>()));
        Assert.True(JsonNode.DeepEquals(ofFlat, ofNested));
        Assert.Equal(5 * Side * Side, ofFlat["outputs"]!.AsArray()[1]!["data"]!.AsArray().Count);
    }

    [Fact]
    public async Task Infer_Binary_BothWays()
    {
        await using var fixture = await Fixture.StartAsync();
        await fixture.PublishAsync("grey", GreyModel.Onnx());
        using var http = Http(fixture);
        var truth = Fixture.Stripes(Side, Side);
        var grey = MemoryMarshal.AsBytes(truth.Pixels.Select(label => (float)label * GreyModel.GreyPerClass).ToArray().AsSpan()).ToArray();
        var header = Encoding.UTF8.GetBytes($$$"""
            {"inputs":[{"name":"image","datatype":"FP32","shape":[1,1,{{{Side}}},{{{Side}}}],"parameters":{"binary_data_size":{{{grey.Length}}}}}],
             "outputs":[{"name":"logits","parameters":{"binary_data":false}},{"name":"labels","parameters":{"binary_data":true}}]}
            """);
        using var content = new ByteArrayContent([.. header, .. grey]);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        content.Headers.Add("Inference-Header-Content-Length", header.Length.ToString());

        using var answer = await http.PostAsync("/v2/models/grey/infer", content, Token);
        var body = await answer.Content.ReadAsByteArrayAsync(Token);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var length = int.Parse(Assert.Single(answer.Headers.GetValues("Inference-Header-Content-Length")));
        var json = JsonSerializer.Deserialize<JsonObject>(body.AsSpan(0, length))!;
        Assert.Equal(["logits", "labels"], json["outputs"]!.AsArray().Select(output => output!["name"]!.GetValue<string>()));
        Assert.Equal(Side * Side, json["outputs"]![1]!["parameters"]!["binary_data_size"]!.GetValue<int>());
        Assert.Equal(truth.Pixels, body[length..]);
    }

    [Theory]
    [InlineData("{", "body")]
    [InlineData("[]", "body")]
    [InlineData("{}", "inputs")]
    [InlineData("""{"inputs":[3]}""", "inputs[0]")]
    [InlineData("""{"inputs":[{"name":"image","datatype":"FP32"}]}""", "inputs[0].shape")]
    [InlineData("""{"inputs":[{"name":"image","datatype":"FP32","shape":[1,1,16,16]}]}""", "inputs[0].data")]
    [InlineData("""{"inputs":[{"name":"image","datatype":"FP32","shape":[1,1,16,16],"data":["a"]}]}""", "inputs[0].data")]
    [InlineData("""{"inputs":[{"name":"image","datatype":"FP32","shape":[1,1,16,16],"data":[1]}]}""", "fp32_contents")]
    [InlineData("""{"inputs":[{"name":"image","datatype":"FP32","shape":[1,1,16,16],"parameters":{"binary_data_size":9}}]}""", "binary_data_size")]
    [InlineData("""{"inputs":[{"name":"image","datatype":"INT8","shape":[1,1,16,16],"data":[1]}]}""", "inputs[0].datatype")]
    public async Task Infer_WrongBody_IsRefusedWithTheField(string body, string field)
    {
        await using var fixture = await Fixture.StartAsync();
        await fixture.PublishAsync("grey", GreyModel.Onnx());
        using var http = Http(fixture);

        using var answer = await http.PostAsync("/v2/models/grey/infer", new StringContent(body), Token);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains(field, (await JsonAsync(answer))["error"]!.GetValue<string>());
    }

    [Fact]
    public async Task Repository_IndexLoadUnload_Work()
    {
        await using var fixture = await Fixture.StartAsync();
        await fixture.PublishAsync("grey", GreyModel.Onnx());
        using var http = Http(fixture);

        Assert.Equal(HttpStatusCode.OK, (await http.PostAsync("/v2/repository/models/grey/load", null, Token)).StatusCode);
        Assert.Equal("READY", await StateAsync());
        Assert.Equal(HttpStatusCode.OK, (await http.PostAsync("/v2/repository/models/grey/unload", new StringContent("{}"), Token)).StatusCode);
        Assert.Equal("UNAVAILABLE", await StateAsync());
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await http.GetAsync("/v2/models/grey/ready", Token)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await http.PostAsync("/v2/repository/models/nobody/load", null, Token)).StatusCode);

        async Task<string> StateAsync()
        {
            using var answer = await http.PostAsJsonAsync("/v2/repository/index", new { ready = false }, Token);
            return (await answer.Content.ReadFromJsonAsync<JsonArray>(Token))![0]!["state"]!.GetValue<string>();
        }
    }

    private static object Body(object data) => new
    {
        id = "7",
        inputs = new[] { new { name = "image", datatype = "FP32", shape = new[] { 1, 1, Side, Side }, data } },
    };

    private static async Task<JsonObject> InferAsync(HttpClient http, object body)
    {
        using var answer = await http.PostAsJsonAsync("/v2/models/grey/infer", body, Token);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return await JsonAsync(answer);
    }

    private static async Task<JsonObject> JsonAsync(HttpResponseMessage answer) =>
        (await answer.Content.ReadFromJsonAsync<JsonObject>(Token))!;

    private static HttpClient Http(Fixture fixture) => new()
    {
        BaseAddress = new Uri(fixture.Host.Address),
        DefaultRequestVersion = HttpVersion.Version20,
        DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
    };
}
