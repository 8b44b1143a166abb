using System.CommandLine;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Nerve.Center;
using Nerve.Configuration;
using Nerve.Protocol.Link;
using Nerve.Server.Agents;
using Nerve.Server.Identity;
using Nerve.Storage.EfCore.Sqlite;

namespace Nerve.Server.Tests.Support;

/// <summary>The real center in this process: the executable's own pipeline on a free loopback port, over a real SQLite file.</summary>
internal sealed class TestCenter : IAsyncDisposable
{
    private readonly string _folder;
    private readonly DatabaseTemplate.Template _template;
    private SqliteDatabase _database = null!;
    private WebApplication _app = null!;
    private bool _isStopped;

    private TestCenter(string folder, DatabaseTemplate.Template template) => (_folder, _template) = (folder, template);

    public static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public Uri Address => new(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());

    public string DataFolder => _folder;

    public string EnrolmentToken => _template.EnrolmentToken;

    public Logs Logs { get; } = new();

    /// <param name="time">The clock of everything in the center; the machine's own when left out.</param>
    /// <param name="adjust">Replaces services, for example a store by one that fails.</param>
    /// <param name="flags">As on the command line.</param>
    public static async Task<TestCenter> StartAsync(
        TimeProvider? time = null, Action<IServiceCollection>? adjust = null, params string[] flags)
    {
        var folder = Directory.CreateTempSubdirectory("nerve-center-").FullName;
        var center = new TestCenter(folder, await DatabaseTemplate.CopyToAsync(folder));
        await center.RunAsync(time, adjust, flags);
        return center;
    }

    /// <summary>Another process on what this one left behind.</summary>
    public async Task<TestCenter> StartAgainAsync(TimeProvider? time = null, Action<IServiceCollection>? adjust = null, params string[] flags)
    {
        await StopAsync();
        var next = new TestCenter(_folder, _template);
        await next.RunAsync(time, adjust, flags);
        return next;
    }

    public T Get<T>()
        where T : notnull => _app.Services.GetRequiredService<T>();

    public string Token(Role role) => _template.Tokens[role];

    public HttpClient Client(Role role) => Client(Token(role));

    /// <summary>Without cookies and redirects: what a test sends is what goes out.</summary>
    public HttpClient Client(string? bearer = null)
    {
        var client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }) { BaseAddress = Address };
        client.DefaultRequestHeaders.Authorization = bearer is null ? null : new AuthenticationHeaderValue("Bearer", bearer);
        return client;
    }

    /// <summary>A browser's session: signed in, with the cookie.</summary>
    public async Task<HttpClient> SignInAsync(string username = "admin", string password = DatabaseTemplate.AdminPassword)
    {
        var client = new HttpClient(new SocketsHttpHandler()) { BaseAddress = Address };
        var answer = await client.PostAsJsonAsync("/api/v1/auth/login", new { username, password }, Cancelled);
        answer.EnsureSuccessStatusCode();
        return client;
    }

    /// <summary>Enrols over REST, as a machine does.</summary>
    public async Task<ScriptedAgent> EnrolAsync(string hostname = "node-1", string? fingerprint = null, string? token = null)
    {
        using var client = Client(token ?? EnrolmentToken);
        var answer = await client.PostAsJsonAsync("/api/v1/agents/register", new EnrolRequest(hostname, fingerprint, "1.2.3"), Cancelled);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(Cancelled));
        var reply = (await answer.Content.ReadFromJsonAsync<EnrolReply>(Cancelled))!;
        return new ScriptedAgent(Address, reply.AgentId, reply.Credential, hostname, fingerprint);
    }

    /// <summary>An agent that has enrolled and said hello.</summary>
    public async Task<ScriptedAgent> JoinAsync(string hostname = "node-1", string? fingerprint = null)
    {
        var agent = await EnrolAsync(hostname, fingerprint);
        await agent.ConnectAsync();
        return agent;
    }

    public AgentStatus StatusOf(ScriptedAgent agent) => Get<AgentDirectory>().Find(agent.Id)!.Status;

    public async Task StopAsync()
    {
        if (_isStopped)
        {
            return;
        }

        _isStopped = true;
        await _app.StopAsync();
        await _app.DisposeAsync();
        _database.Dispose();
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task RunAsync(TimeProvider? time, Action<IServiceCollection>? adjust, string[] flags)
    {
        _database = new SqliteDatabase(Path.Combine(_folder, SqliteStorage.FileName));
        _app = CenterApp.Build(Parse([.. flags, "--addr", "127.0.0.1:0", "--data", _folder]), _folder, _database, builder =>
        {
            builder.Logging.ClearProviders().AddProvider(Logs);
            if (time is not null)
            {
                builder.Services.AddSingleton(time);
            }

            adjust?.Invoke(builder.Services);
        });
        await _app.Services.GetRequiredService<FleetLoader>().LoadAsync(CancellationToken.None);
        await _app.StartAsync();
    }

    private static Settings Parse(string[] flags)
    {
        var root = new RootCommand().WithSettings(CenterSettings.Table);
        return SettingsReader.Read(CenterSettings.Table, root.Parse(flags), new Dictionary<string, string>()).OrThrow();
    }
}
