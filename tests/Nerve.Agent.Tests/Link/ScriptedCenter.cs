using System.Collections.Concurrent;
using System.Text.Json;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Nerve.Protocol;
using Nerve.Protocol.Inventories;
using Nerve.Protocol.Link;
using Nerve.Protocol.Runs;

namespace Nerve.Agent.Tests.Link;

/// <summary>A center on a real socket that does what the test says and shows what it was asked.</summary>
internal sealed class ScriptedCenter : IAsyncDisposable
{
    public const string Token = "enrol-me";

    private readonly WebApplication _app;

    private ScriptedCenter(WebApplication app) => _app = app;

    public Uri Address => new(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());

    /// <summary>The credentials that are known, with the agents they belong to.</summary>
    public ConcurrentDictionary<string, Guid> Agents { get; } = new();

    /// <summary>Answers before anything else does; true if it did.</summary>
    public Func<HttpContext, bool>? Intercept { get; set; }

    public AgentSettings Settings { get; set; } = new(1, 1);

    public Func<Hello, HelloReply>? OnHello { get; set; }

    public Func<Heartbeat, HeartbeatReply>? OnHeartbeat { get; set; }

    public ConcurrentQueue<(string Path, string Query, string Authorization)> Requests { get; } = new();

    public Channel<Hello> Hellos { get; } = Channel.CreateUnbounded<Hello>();

    public Channel<EnrolRequest> Enrolments { get; } = Channel.CreateUnbounded<EnrolRequest>();

    public Channel<Heartbeat> Heartbeats { get; } = Channel.CreateUnbounded<Heartbeat>();

    public Channel<Inventory> Inventories { get; } = Channel.CreateUnbounded<Inventory>();

    public Channel<RunFinished> Results { get; } = Channel.CreateUnbounded<RunFinished>();

    public Channel<Goodbye> Goodbyes { get; } = Channel.CreateUnbounded<Goodbye>();

    public IAgentPeer AllAgents => _app.Services.GetRequiredService<IHubContext<ScriptedHub, IAgentPeer>>().Clients.All;

    public static async Task<ScriptedCenter> StartAsync(int port = 0)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls($"http://127.0.0.1:{port}");
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.AddServerHeader = false);
        builder.Services.Configure<Microsoft.Extensions.Hosting.HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromMilliseconds(200));
        builder.Services.AddSignalR(hub => hub.EnableDetailedErrors = false)
            .AddJsonProtocol(json => json.PayloadSerializerOptions = new JsonSerializerOptions(NerveJsonContext.Default.Options));
        ScriptedCenter? center = null;
        builder.Services.AddSingleton(_ => center!);
        var app = builder.Build();
        center = new ScriptedCenter(app);
        app.Use(center.GuardAsync);
        app.MapPost(ProtocolInfo.RegisterPath, center.RegisterAsync);
        app.MapHub<ScriptedHub>(ProtocolInfo.AgentHubPath);
        await app.StartAsync();
        return center;
    }

    public static async Task<T> NextAsync<T>(Channel<T> channel) =>
        await channel.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(TimeSpan.FromSeconds(20));

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private async Task GuardAsync(HttpContext http, RequestDelegate next)
    {
        Requests.Enqueue((http.Request.Path, http.Request.QueryString.ToString(), http.Request.Headers.Authorization.ToString()));
        if (Intercept?.Invoke(http) == true)
        {
            return;
        }

        if (http.Request.Path.StartsWithSegments(ProtocolInfo.AgentHubPath) && !Agents.ContainsKey(Bearer(http)))
        {
            await RefuseAsync(http, 401, ProblemCodes.AgentUnknown);
            return;
        }

        await next(http);
    }

    private async Task RegisterAsync(HttpContext http)
    {
        if (Bearer(http) != Token)
        {
            await RefuseAsync(http, 401, "enrolment.expired");
            return;
        }

        var request = (await JsonSerializer.DeserializeAsync(http.Request.Body, NerveJsonContext.Default.EnrolRequest))!;
        var (id, credential) = (Guid.CreateVersion7(), $"credential-{Guid.NewGuid():N}");
        Agents[credential] = id;
        await http.Response.WriteAsync(JsonSerializer.Serialize(new EnrolReply(id, credential, 1), NerveJsonContext.Default.EnrolReply));
        Enrolments.Writer.TryWrite(request);
    }

    private static async Task RefuseAsync(HttpContext http, int status, string code)
    {
        http.Response.StatusCode = status;
        http.Response.ContentType = "application/problem+json";
        await http.Response.WriteAsync($$"""{"title":"No","status":{{status}},"detail":"The center says no.","code":"{{code}}"}""");
    }

    private static string Bearer(HttpContext http) => http.Request.Headers.Authorization.ToString().Replace("Bearer ", "", StringComparison.Ordinal);
}

/// <summary>The scripted center's end of the hub.</summary>
internal sealed class ScriptedHub(ScriptedCenter center) : Hub<IAgentPeer>, IAgentGateway
{
    public Task<HelloReply> Hello(Hello hello)
    {
        center.Hellos.Writer.TryWrite(hello);
        return Task.FromResult(center.OnHello?.Invoke(hello) ?? new HelloReply(1, center.Settings, false, []));
    }

    public Task<HeartbeatReply> Heartbeat(Heartbeat heartbeat)
    {
        center.Heartbeats.Writer.TryWrite(heartbeat);
        return Task.FromResult(center.OnHeartbeat?.Invoke(heartbeat) ?? new HeartbeatReply(false, center.Settings));
    }

    public Task<ReportReply> ReportInventory(Inventory inventory)
    {
        center.Inventories.Writer.TryWrite(inventory);
        return Task.FromResult(ReportReply.Ok);
    }

    public Task<ReportReply> ReportInventorySections(InventoryUpdate update) => Task.FromResult(ReportReply.Refused(ProblemCodes.InventoryBase));

    public Task<ReportReply> ReportRunStarted(RunStarted started) => Task.FromResult(ReportReply.Ok);

    public Task<OutputReply> ReportRunOutput(RunOutput output) => Task.FromResult(new OutputReply(true, output.Offset + output.Data.Length));

    public Task<ReportReply> ReportRunFinished(RunFinished finished)
    {
        center.Results.Writer.TryWrite(finished);
        return Task.FromResult(ReportReply.Ok);
    }

    public Task Goodbye(Goodbye goodbye)
    {
        center.Goodbyes.Writer.TryWrite(goodbye);
        return Task.CompletedTask;
    }
}
