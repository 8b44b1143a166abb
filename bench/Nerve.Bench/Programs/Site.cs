using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Nerve.Bench.Programs;

/// <summary>A center, and agents of this machine, below one temporary folder.</summary>
/// <param name="storage">Variables that name the center's database; null for the embedded one.</param>
internal sealed class Site(IReadOnlyDictionary<string, string>? storage = null) : IAsyncDisposable
{
    private static readonly HttpClient s_http = new();

    private readonly string _folder = Directory.CreateTempSubdirectory("nerve-bench-").FullName;
    private readonly List<RunningProgram> _programs = [];

    public string Url { get; } = $"http://127.0.0.1:{FreePort()}";

    public string Data => At("center");

    public string At(string name) => Path.Combine(_folder, name);

    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>Ready when it says so.</summary>
    public async Task<RunningProgram> StartCenterAsync(CancellationToken cancellationToken, params string[] options)
    {
        var center = RunningProgram.Start(At("center.log"), Built.Center, ["--addr", new Uri(Url).Authority, "--data", Data, .. options], storage);
        _programs.Add(center);
        await ReadyAsync(Url, center, cancellationToken);
        return center;
    }

    public RunningProgram StartAgent(string token, IReadOnlyDictionary<string, string>? environment = null)
    {
        var agent = RunningProgram.Start(
            At("agent.log"), Built.Agent, ["--server", Url, "--state", At("agent")],
            new Dictionary<string, string>(environment ?? new Dictionary<string, string>()) { ["NERVE_TOKEN"] = token });
        _programs.Add(agent);
        return agent;
    }

    public Task<string> EnrolTokenAsync(CancellationToken cancellationToken) =>
        SecretAsync(["enroll-token", "create", "--name", "bench", "--ttl", "1h", "--data", Data], cancellationToken);

    public Task<string> ViewerTokenAsync(CancellationToken cancellationToken) => TokenAsync("viewer", cancellationToken);

    public Task<string> TokenAsync(string role, CancellationToken cancellationToken) =>
        SecretAsync(["token", "create", "--role", role, "--data", Data], cancellationToken);

    private async Task<string> SecretAsync(string[] arguments, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(Built.Center, arguments) { RedirectStandardOutput = true };
        foreach (var (name, value) in storage ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        using var command = Process.Start(start)!;
        var token = await command.StandardOutput.ReadToEndAsync(cancellationToken);
        await command.WaitForExitAsync(cancellationToken);
        return token.Trim();
    }

    public static async Task ReadyAsync(string url, RunningProgram program, CancellationToken cancellationToken)
    {
        while (!await AnswersAsync(url, cancellationToken))
        {
            if (program.HasExited)
            {
                throw new InvalidOperationException($"The program at {url} ended with exit code {program.ExitCode}; see its log.");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(5), cancellationToken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var program in _programs)
        {
            await program.DisposeAsync();
        }

        Directory.Delete(_folder, recursive: true);
    }

    private static async Task<bool> AnswersAsync(string url, CancellationToken cancellationToken)
    {
        try
        {
            using var answer = await s_http.GetAsync(new Uri($"{url}/health/ready"), cancellationToken);
            return answer.IsSuccessStatusCode;
        }
        catch (Exception away) when (away is HttpRequestException or SocketException)
        {
            return false;
        }
    }
}
