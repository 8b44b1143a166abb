using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Nerve.Server.Tests.Support;

namespace Nerve.Server.Tests.Edge;

public sealed partial class ApiDocumentTests
{
    [Fact]
    public async Task Document_AsServed_IsTheOneInTheRepository()
    {
        await using var center = await TestCenter.StartAsync();
        using var nobody = center.Client();

        var served = JsonNode.Parse(await nobody.GetStringAsync("/openapi/v1.json", TestCenter.Cancelled));
        var kept = JsonNode.Parse(await File.ReadAllTextAsync(Repository.File("docs/openapi.json"), TestCenter.Cancelled));

        Assert.True(JsonNode.DeepEquals(kept, served), "docs/openapi.json is not what the center serves: run `make openapi`.");
    }

    /// <summary>A reference to a property or constant comes out with its C# type: "string? Hello.Fingerprint".</summary>
    [Fact]
    public async Task Document_Descriptions_SpeakOfNoTypesOfTheProgram()
    {
        var document = await File.ReadAllTextAsync(Repository.File("docs/openapi.json"), TestCenter.Cancelled);

        Assert.Empty(TypedReference().Matches(document).Select(match => match.Value));
    }

    [Fact]
    public async Task Document_Read_HidesNoOperationOfTheApi()
    {
        await using var center = await TestCenter.StartAsync();
        using var nobody = center.Client();

        var document = await nobody.GetJsonAsync("/openapi/v1.json");

        var operations = document.GetProperty("paths").EnumerateObject().SelectMany(path => path.Value.EnumerateObject()).ToList();
        Assert.All(operations, operation => Assert.Equal(JsonValueKind.String, operation.Value.GetProperty("summary").ValueKind));
        Assert.True(document.GetProperty("paths").TryGetProperty("/api/v1/agents/{id}/heartbeat", out _));
        Assert.Equal("bearer", document.GetProperty("components").GetProperty("securitySchemes").GetProperty("bearer").GetProperty("scheme").GetString());
    }

    [GeneratedRegex(@"\b(string|int|long|double|bool|[A-Z]\w*<[^>]*>)\?? [A-Z]\w*\.[A-Z]\w*")]
    private static partial Regex TypedReference();
}
