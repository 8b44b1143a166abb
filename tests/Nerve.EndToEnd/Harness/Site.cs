using System.Net;
using System.Text.Json;

namespace Nerve.EndToEnd.Harness;

/// <summary>A center and its agents, as processes of their own below one temporary folder; nothing of them is left at the end.</summary>
internal sealed class Site : IAsyncDisposable
{
    private readonly List<ChildProcess> _processes = [];
    private readonly IReadOnlyDictionary<string, string> _environment;
    private string? _enrolToken;
    private string? _password;

    private Site(IReadOnlyDictionary<string, string>? environment = null)
    {
        _environment = environment ?? new Dictionary<string, string>();
        Folder = Directory.CreateTempSubdirectory("nerve-e2e-").FullName;
        Port = Ports.Free();
        Server = new Uri($"http://127.0.0.1:{Port}");
        Api = new CenterApi(Server);
    }

    public string Folder { get; }

    public int Port { get; }

    public Uri Server { get; }

    public CenterApi Api { get; }

    /// <summary>Null until it is started.</summary>
    public ChildProcess Center { get; private set; } = null!;

    public static Site WithoutCenter() => new();

    /// <summary>With the heartbeat of the product, 30 s, unless flags say otherwise.</summary>
    public static async Task<Site> StartAsync(params string[] flags)
    {
        var site = new Site();
        try
        {
            await site.StartCenterAsync(flags);
            return site;
        }
        catch
        {
            await site.DisposeAsync();
            throw;
        }
    }

    /// <summary>A center on a database and a Redis that it may share with others.</summary>
    /// <param name="environment">Where those are.</param>
    /// <param name="first">The center that made the first administrator; null if this one is to.</param>
    /// <param name="flags">More of its settings.</param>
    public static async Task<Site> StartNodeAsync(IReadOnlyDictionary<string, string> environment, Site? first, params string[] flags)
    {
        var site = new Site(environment) { _password = first?._password };
        try
        {
            await site.StartCenterAsync(flags);
            return site;
        }
        catch
        {
            await site.DisposeAsync();
            throw;
        }
    }

    public string At(string name) => Path.Combine(Folder, name);

    /// <summary>Also again after its end, on the same data.</summary>
    public async Task StartCenterAsync(params string[] flags)
    {
        Center = StartProcess("center", Programs.Center, ["--addr", $"127.0.0.1:{Port}", "--data", At("center-data"), .. flags], _environment);
        await EventuallyAsync("the center is ready", async () => Center.HasExited || await IsReadyAsync(), isReady => isReady);
        Assert.False(Center.HasExited, Logs());
        if (_enrolToken is null)
        {
            _password ??= (await File.ReadAllTextAsync(At("center-data/initial-admin-password"))).Trim();
            await Api.SignInAsync(_password);
            _enrolToken = await Api.CreateEnrolTokenAsync();
        }
    }

    /// <summary>Starts an agent and waits until it is connected and seen by the center.</summary>
    public async Task<(ChildProcess Process, AgentInfo Info)> StartAgentAsync(string name = "agent", params string[] flags)
    {
        var process = LaunchAgent(name, flags: flags);
        await EventuallyAsync($"{name} is connected", () => process.StandardError.Contains("Connected to", StringComparison.Ordinal));
        using var identity = JsonDocument.Parse(await File.ReadAllTextAsync(At($"{name}-state/identity.json")));
        var id = identity.RootElement.GetProperty("agentId").GetGuid();
        return (process, await EventuallyAsync($"{name} is online", () => Api.AgentAsync(id), agent => agent.Status == "online"));
    }

    /// <summary>Only starts it; the token comes from a file, as it should.</summary>
    public ChildProcess LaunchAgent(string name = "agent", string? server = null, string? token = null, params string[] flags)
    {
        var file = WriteToken(token);
        return StartProcess(
            name, Programs.Agent, ["--server", server ?? Server.AbsoluteUri, "--token-file", file, "--state", At(name + "-state"), .. flags]);
    }

    /// <summary>The file with the enrolment token, the center's own unless another is given.</summary>
    public string WriteToken(string? token = null)
    {
        File.WriteAllText(At("token"), token ?? _enrolToken);
        return At("token");
    }

    public ChildProcess StartProcess(
        string name, string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null)
    {
        var process = ChildProcess.Start(Folder, name, program, arguments, environment);
        _processes.Add(process);
        return process;
    }

    public Task<T> EventuallyAsync<T>(string what, Func<Task<T>> read, Predicate<T> isSo) => Eventually.AsyncOf(what, read, isSo, Logs);

    public Task EventuallyAsync(string what, Func<bool> isSo) => EventuallyAsync(what, () => Task.FromResult(isSo()), so => so);

    /// <summary>The task's only run when it is over.</summary>
    public Task<RunInfo> OverAsync(Guid task) => EventuallyAsync("the run is over", () => Api.RunAsync(task), run => run.IsOver);

    public async Task<(RunInfo Run, string Output)> RunAsync(object task)
    {
        var id = (await Api.CreateTaskAsync(task)).Id;
        var run = await OverAsync(id);
        return (run, await Api.OutputAsync(run, id));
    }

    public string Logs() => string.Concat(Directory.GetFiles(Folder, "*.err").Select(file =>
        $"--- {Path.GetFileName(file)}\n{string.Join('\n', File.ReadLines(file).TakeLast(60))}\n")) + string.Join('\n', _processes);

    public async ValueTask DisposeAsync()
    {
        foreach (var process in _processes)
        {
            await process.DisposeAsync();
        }

        await EndLeftoversAsync();
        Api.Dispose();
        Directory.Delete(Folder, recursive: true);
    }

    private async Task<bool> IsReadyAsync()
    {
        using var http = new HttpClient();
        using var reply = await http.GetAsync(new Uri(Server, "/health/ready"));
        return reply.StatusCode == HttpStatusCode.OK;
    }

    /// <summary>Supervisors asked to stop end their runs before themselves.</summary>
    private async Task EndLeftoversAsync()
    {
        for (var round = 0; round < 400 && Leftovers.Of(Folder) is { Count: > 0 } pids; round++)
        {
            foreach (var pid in pids)
            {
                Signals.Send(pid, round < 100 ? Signals.Terminate : Signals.Kill);
            }

            await Task.Delay(50);
        }
    }
}
