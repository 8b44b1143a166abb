using System.Net;
using System.Net.Http.Headers;
using System.Net.WebSockets;
using System.Text;
using Nerve.Protocol;
using Nerve.Protocol.Link;
using Nerve.Server.Identity;
using Nerve.Server.Tests.Support;

namespace Nerve.Server.Tests.Edge;

/// <summary>Bad requests: a clear problem with a stable code, and nothing of the program's inside.</summary>
public sealed class BadInputTests(SharedCenter shared) : IClassFixture<SharedCenter>
{
    private const string Tasks = "/api/v1/tasks";

    private readonly TestCenter _center = shared.Center;

    [Theory]
    [InlineData("{")]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("42")]
    [InlineData("hello")]
    [InlineData("{\"kind\":\"command\"}")]
    [InlineData("{\"kind\":\"dance\",\"command\":\"id\",\"target\":{\"all\":true}}")]
    [InlineData("{\"kind\":1,\"command\":\"id\",\"target\":{\"all\":true}}")]
    [InlineData("{\"kind\":\"command\",\"command\":{},\"target\":{\"all\":true}}")]
    [InlineData("{\"kind\":\"command\",\"command\":\"id\",\"args\":\"-u\",\"target\":{\"all\":true}}")]
    [InlineData("{\"kind\":\"command\",\"command\":\"id\",\"args\":[null],\"target\":{\"all\":true}}")]
    [InlineData("{\"kind\":\"command\",\"command\":\"id\",\"env\":{\"A\":null},\"target\":{\"all\":true}}")]
    [InlineData("{\"kind\":\"command\",\"command\":\"id\",\"target\":null}")]
    [InlineData("{\"kind\":\"command\",\"command\":\"id\",\"target\":{\"agents\":[\"node-1\"]}}")]
    [InlineData("{\"kind\":\"command\",\"command\":\"id\",\"target\":{}}")]
    [InlineData("{\"kind\":\"command\",\"command\":\"id\",\"timeoutSeconds\":1e99,\"target\":{\"all\":true}}")]
    public async Task CreateTask_MalformedBody_IsInvalid(string body)
    {
        using var caller = _center.Client(Role.Operator);

        await (await caller.PostTextAsync(Tasks, body)).ProblemAsync(HttpStatusCode.BadRequest, "request.invalid");
    }

    [Fact]
    public async Task CreateTask_DeeplyNestedBody_IsInvalid()
    {
        using var caller = _center.Client(Role.Operator);

        await (await caller.PostTextAsync(Tasks, new string('[', 100_000))).ProblemAsync(HttpStatusCode.BadRequest, "request.invalid");
    }

    [Theory]
    [InlineData("timeoutSecnods", "{\"kind\":\"command\",\"command\":\"id\",\"timeoutSecnods\":5,\"target\":{\"all\":true}}")]
    [InlineData("al", "{\"kind\":\"command\",\"command\":\"id\",\"target\":{\"al\":true}}")]
    public async Task CreateTask_UnknownField_IsNamed(string field, string body)
    {
        using var caller = _center.Client(Role.Operator);

        var problem = await (await caller.PostTextAsync(Tasks, body)).ProblemAsync(HttpStatusCode.BadRequest, "request.invalid");

        Assert.Contains(field, problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("timeoutSeconds", "-1")]
    [InlineData("timeoutSeconds", "0")]
    [InlineData("timeoutSeconds", "604801")]
    [InlineData("expiresAfterSeconds", "-5")]
    [InlineData("outputLimitBytes", "-1")]
    [InlineData("outputLimitBytes", "67108865")]
    [InlineData("workingDirectory", "\"relative/path\"")]
    [InlineData("env", "{\"A=B\":\"x\"}")]
    [InlineData("script", "\"echo\"")]
    [InlineData("interpreter", "\"/bin/sh\"")]
    [InlineData("command", "\"a\\u0000b\"")]
    [InlineData("command", "\"  \"")]
    public async Task CreateTask_BadValue_NamesTheField(string field, string value)
    {
        using var caller = _center.Client(Role.Operator);
        var command = field == "command" ? "" : "\"command\":\"id\",";

        var answer = await caller.PostTextAsync(Tasks, $"{{\"kind\":\"command\",{command}\"{field}\":{value},\"target\":{{\"all\":true}}}}");

        var problem = await answer.ProblemAsync(HttpStatusCode.BadRequest, "request.invalid");
        Assert.True(problem.GetProperty("errors").TryGetProperty(field, out _));
    }

    [Theory]
    [InlineData("cpuPercent", 0)]
    [InlineData("cpuPercent", 100_001)]
    [InlineData("memoryBytes", 4_194_303)]
    [InlineData("memoryBytes", (1L << 50) + 1)]
    [InlineData("processes", 0)]
    [InlineData("processes", 1_000_001)]
    public async Task CreateTask_LimitOutOfBounds_IsNamed(string field, long value)
    {
        using var caller = _center.Client(Role.Operator);

        var answer = await caller.PostTextAsync(Tasks, $"{{\"kind\":\"command\",\"command\":\"id\",\"limits\":{{\"{field}\":{value}}},\"target\":{{\"all\":true}}}}");

        var problem = await answer.ProblemAsync(HttpStatusCode.BadRequest, "request.invalid");
        Assert.StartsWith("must be between", problem.GetProperty("errors").GetProperty($"limits.{field}")[0].GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task CreateTask_SeveralBadValues_NamesThemAll()
    {
        using var caller = _center.Client(Role.Operator);

        var answer = await caller.PostTextAsync(
            Tasks, """{"kind":"command","timeoutSeconds":-1,"workingDirectory":"x","target":{"all":true,"agents":[]}}""");

        var errors = (await answer.ProblemAsync(HttpStatusCode.BadRequest, "request.invalid")).GetProperty("errors");
        Assert.Equal(
            ["command", "target", "timeoutSeconds", "workingDirectory"],
            errors.EnumerateObject().Select(error => error.Name).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task CreateTask_AgentOfAnotherFleet_IsNamed()
    {
        using var caller = _center.Client(Role.Operator);
        var stranger = Guid.CreateVersion7();

        var answer = await caller.PostTextAsync(Tasks, $"{{\"kind\":\"command\",\"command\":\"id\",\"target\":{{\"agents\":[\"{stranger}\"]}}}}");

        var problem = await answer.ProblemAsync(HttpStatusCode.UnprocessableEntity, "task.unknownAgent");
        Assert.Contains(stranger.ToString(), problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task CreateTask_TargetMatchesNothing_SaysSo()
    {
        await using var empty = await TestCenter.StartAsync();
        using var caller = empty.Client(Role.Operator);

        var answer = await caller.PostTextAsync(Tasks, """{"kind":"command","command":"id","target":{"all":true}}""");

        await answer.ProblemAsync(HttpStatusCode.UnprocessableEntity, "task.noTarget");
        Assert.Equal(0, (await caller.GetJsonAsync(Tasks)).GetProperty("total").GetInt32());
    }

    [Theory]
    [InlineData("/api/v1/tasks?state=dancing")]
    [InlineData("/api/v1/tasks?state=7")]
    [InlineData("/api/v1/tasks?limit=many")]
    [InlineData("/api/v1/tasks?limit=0")]
    [InlineData("/api/v1/tasks?limit=1001")]
    [InlineData("/api/v1/tasks?cursor=%21%21%21")]
    [InlineData("/api/v1/tasks?cursor=AAAA")]
    [InlineData("/api/v1/agents?status=asleep")]
    [InlineData("/api/v1/agents?status=1")]
    [InlineData("/api/v1/agents?status=%2B1")]
    [InlineData("/api/v1/agents?status=online,")]
    [InlineData("/api/v1/agents?sort=shoeSize")]
    [InlineData("/api/v1/agents?cursor=x")]
    public async Task List_BadParameter_IsInvalid(string path)
    {
        using var caller = _center.Client(Role.Viewer);

        await (await caller.GetAsync(path, TestCenter.Cancelled)).ProblemAsync(HttpStatusCode.BadRequest, "request.invalid");
    }

    [Theory]
    [InlineData("from=yesterday")]
    [InlineData("from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z")]
    [InlineData("from=2020-01-01T00:00:00Z&to=2026-01-01T00:00:00Z&step=1s")]
    [InlineData("step=fast")]
    [InlineData("step=-5s")]
    [InlineData("step=0s")]
    [InlineData("step=%20")]
    public async Task Metrics_BadRange_IsInvalid(string query)
    {
        await using var agent = await _center.EnrolAsync("measured");
        using var caller = _center.Client(Role.Viewer);

        var answer = await caller.GetAsync($"/api/v1/agents/{agent.Id}/metrics?{query}", TestCenter.Cancelled);

        await answer.ProblemAsync(HttpStatusCode.BadRequest, "request.invalid");
    }

    [Fact]
    public async Task Post_AnotherMediaType_IsRefused()
    {
        using var caller = _center.Client(Role.Operator);

        var answer = await caller.PostAsync(Tasks, new StringContent("kind=command", Encoding.UTF8, "text/plain"), TestCenter.Cancelled);

        await answer.ProblemAsync(HttpStatusCode.UnsupportedMediaType, "request.mediaType");
    }

    [Theory]
    [InlineData("/api/v1/tokens", "{\"name\":\"x\",\"role\":\"admin\",\"ttl\":\"1h\"}", "ttl")]
    [InlineData("/api/v1/enroll-tokens", "{\"maxUse\":1}", "maxUse")]
    [InlineData("/api/v1/users", "{\"username\":\"x\",\"password\":\"123456789012\",\"role\":\"viewer\",\"isAdmin\":true}", "isAdmin")]
    public async Task Create_MistypedField_IsNotQuietlyIgnored(string path, string body, string field)
    {
        using var admin = _center.Client(Role.Admin);

        var problem = await (await admin.PostTextAsync(path, body)).ProblemAsync(HttpStatusCode.BadRequest, "request.invalid");

        Assert.Contains(field, problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{\"samples\":[null],\"schema\":null}", HttpStatusCode.OK)]
    [InlineData("{\"schema\":{\"id\":\"x\",\"series\":[null]}}", HttpStatusCode.BadRequest)]
    [InlineData("{\"schema\":{\"id\":\"x\",\"series\":[\"a\"]}}", HttpStatusCode.BadRequest)]
    [InlineData("{\"metrics\":{\"cpu.used_percent\":1e999}}", HttpStatusCode.BadRequest)]
    [InlineData("{\"metrics\":{\"\":1}}", HttpStatusCode.BadRequest)]
    [InlineData("{\"metrics\":{\"a\":\"1\"}}", HttpStatusCode.BadRequest)]
    public async Task Heartbeat_BadContent_LeavesNoTrace(string body, HttpStatusCode expected)
    {
        await using var agent = await _center.EnrolAsync("sick");
        using var caller = _center.Client(agent.Credential);

        var answer = await caller.PostTextAsync($"/api/v1/agents/{agent.Id}/heartbeat", body);

        Assert.Equal(expected, answer.StatusCode);
        Answers.RevealsNothing(await answer.Content.ReadAsStringAsync(TestCenter.Cancelled));
        using var viewer = _center.Client(Role.Viewer);
        var latest = await viewer.GetJsonAsync($"/api/v1/agents/{agent.Id}/metrics/latest");
        Assert.Empty(latest.GetProperty("values").EnumerateObject());
    }

    [Theory]
    [InlineData("{\"hostname\":\"\"}", "hostname")]
    [InlineData("{\"hostname\":\"two words\"}", "hostname")]
    [InlineData("{\"hostname\":\"x\",\"labels\":{\"a\":null}}", "labels")]
    [InlineData("{\"hostname\":\"x\",\"labels\":{\"\":\"b\"}}", "labels")]
    [InlineData("{\"hostname\":\"x\",\"cluster\":\"a\\nb\"}", "cluster")]
    public async Task Register_BadIdentity_NamesTheField(string body, string field)
    {
        using var machine = _center.Client(_center.EnrolmentToken);

        var answer = await machine.PostTextAsync(ProtocolInfo.RegisterPath, body);

        var problem = await answer.ProblemAsync(HttpStatusCode.BadRequest, "request.invalid");
        Assert.True(problem.GetProperty("errors").TryGetProperty(field, out _));
    }

    [Fact]
    public async Task Heartbeat_HundredMegabytesOverRest_IsTooLarge_AndTheCenterGoesOn()
    {
        await using var agent = await _center.EnrolAsync("talkative");
        using var caller = _center.Client(agent.Credential);
        var request = new HttpRequestMessage(HttpMethod.Post, $"/api/v1/agents/{agent.Id}/heartbeat")
        {
            Content = new StreamContent(new EndlessJson(100 * 1024 * 1024)),
        };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.ExpectContinue = true;

        await (await caller.SendAsync(request, TestCenter.Cancelled)).ProblemAsync(HttpStatusCode.RequestEntityTooLarge, "request.tooLarge");

        var next = await caller.PostTextAsync($"/api/v1/agents/{agent.Id}/heartbeat", "{}");
        Assert.Equal(HttpStatusCode.OK, next.StatusCode);
    }

    [Fact]
    public async Task Message_HundredMegabytesOverTheHub_EndsThatLinkOnly()
    {
        await using var calm = await _center.JoinAsync("calm");
        await using var flood = await _center.EnrolAsync("flood");
        using var socket = new ClientWebSocket();
        socket.Options.SetRequestHeader("Authorization", $"Bearer {flood.Credential}");
        var address = new UriBuilder(new Uri(_center.Address, ProtocolInfo.AgentHubPath)) { Scheme = "ws" }.Uri;
        await socket.ConnectAsync(address, TestCenter.Cancelled);
        await socket.SendAsync(Encoding.UTF8.GetBytes("{\"protocol\":\"json\",\"version\":1}\u001e"), WebSocketMessageType.Text, true, TestCenter.Cancelled);

        var sent = await FloodAsync(socket, megabytes: 100);

        Assert.True(sent < 100, "The whole message was taken.");
        Assert.False((await calm.Heartbeat(new Heartbeat())).SchemaWanted);
    }

    [Fact]
    public async Task Login_HundredMegabytesFromNobody_IsTooLarge()
    {
        using var nobody = _center.Client();
        var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/auth/login") { Content = new StreamContent(new EndlessJson(100 * 1024 * 1024)) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.ExpectContinue = true;

        await (await nobody.SendAsync(request, TestCenter.Cancelled)).ProblemAsync(HttpStatusCode.RequestEntityTooLarge, "request.tooLarge");
    }

    /// <summary>How many megabytes the other side took before it had enough.</summary>
    private static async Task<int> FloodAsync(ClientWebSocket socket, int megabytes)
    {
        var megabyte = Encoding.UTF8.GetBytes(new string('x', 1024 * 1024));
        for (var sent = 0; sent < megabytes; sent++)
        {
            try
            {
                await socket.SendAsync(megabyte, WebSocketMessageType.Text, false, TestCenter.Cancelled).WithinLimitAsync();
            }
            catch (Exception exception) when (exception is WebSocketException or IOException)
            {
                return sent;
            }
        }

        return megabytes;
    }

    /// <summary>One JSON string that only ends when its length is reached.</summary>
    private sealed class EndlessJson(long length) : Stream
    {
        private long _read;

        public override bool CanRead => true;

        public override bool CanSeek => true;

        public override bool CanWrite => false;

        public override long Length => length;

        public override long Position { get => _read; set => _read = value; }

        public override int Read(byte[] buffer, int offset, int count)
        {
            var taken = (int)Math.Min(count, length - _read);
            buffer.AsSpan(offset, taken).Fill((byte)'a');
            if (_read == 0 && taken > 0)
            {
                buffer[offset] = (byte)'"';
            }

            _read += taken;
            return taken;
        }

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => _read = offset;

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
