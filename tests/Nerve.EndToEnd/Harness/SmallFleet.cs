using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Data.Sqlite;

namespace Nerve.EndToEnd.Harness;

/// <summary>What a center with one host leaves behind, and the commands that look after it. Each test has a copy.</summary>
public sealed class SmallFleet : IAsyncLifetime
{
    private const string FileName = "nerve.db";

    private int _serial;

    internal Site Site { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Site = await Site.StartAsync();
        await EnrolAsync();
        await Site.Center.StopAsync();
    }

    public ValueTask DisposeAsync() => Site?.DisposeAsync() ?? ValueTask.CompletedTask;

    /// <summary>A data folder with the fleet in it.</summary>
    internal string CopyOfData()
    {
        var copy = NewFolder();
        Directory.CreateDirectory(copy);
        foreach (var file in Directory.GetFiles(Site.At("center-data"), FileName + "*"))
        {
            File.Copy(file, Path.Combine(copy, Path.GetFileName(file)));
        }

        return copy;
    }

    /// <summary>The path of a folder that is not there.</summary>
    internal string NewFolder() => Site.At($"data-{Interlocked.Increment(ref _serial)}");

    internal static string Database(string data) => Path.Combine(data, FileName);

    internal static async Task<object?> SqlAsync(string data, string sql)
    {
        await using var connection = new SqliteConnection($"Data Source={Database(data)};Pooling=False;Foreign Keys=False");
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = new SqliteCommand(sql, connection);
        return await command.ExecuteScalarAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>More samples of the host, each a second before the last.</summary>
    internal static Task AddSamplesAsync(string data, int count) => SqlAsync(
        data,
        $"""
        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count})
        INSERT INTO samples (AgentId, At, SchemaId, "Values")
        SELECT AgentId, At - 1000 * i, SchemaId, "Values" FROM n, (SELECT * FROM samples LIMIT 1)
        """);

    /// <summary>How many <see cref="AddOldSamplesAsync"/> adds.</summary>
    internal const int OldSamples = 40;

    /// <summary>Samples of ten days ago; they are kept for seven unless the settings say otherwise.</summary>
    internal static Task AddOldSamplesAsync(string data) => SqlAsync(
        data,
        $"""
        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {OldSamples})
        INSERT INTO samples (AgentId, At, SchemaId, "Values")
        SELECT AgentId, At - 864000000 - 1000 * i, SchemaId, "Values" FROM n, (SELECT * FROM samples LIMIT 1)
        """);

    /// <summary>Runs <c>nerve-center</c> to its end.</summary>
    internal Task<Outcome> RunAsync(params string[] arguments) => RunWithAsync([], arguments);

    /// <param name="environment">Variables besides the inherited ones.</param>
    /// <param name="arguments">The command.</param>
    internal async Task<Outcome> RunWithAsync(Dictionary<string, string> environment, params string[] arguments)
    {
        var process = Launch(environment, arguments);
        return new Outcome(await process.ExitAsync(), process.StandardOutput, process.StandardError);
    }

    internal ChildProcess Launch(Dictionary<string, string> environment, params string[] arguments) =>
        Site.StartProcess($"command-{Interlocked.Increment(ref _serial)}", Programs.Center, arguments, environment);

    private async Task EnrolAsync()
    {
        using var http = new HttpClient { BaseAddress = Site.Server };
        http.DefaultRequestHeaders.Authorization = new("Bearer", await Site.Api.CreateEnrolTokenAsync());
        using var enrolled = await http.PostAsJsonAsync("/api/v1/agents/register", new { hostname = "gpu-1" });
        var identity = await enrolled.Content.ReadFromJsonAsync<JsonElement>();
        http.DefaultRequestHeaders.Authorization = new("Bearer", identity.GetProperty("credential").GetString());
        using var beat = await http.PostAsJsonAsync(
            $"/api/v1/agents/{identity.GetProperty("agentId").GetGuid()}/heartbeat",
            new { metrics = Enumerable.Range(0, 40).ToDictionary(i => $"disk.busy_percent{{disk=\"sd{i}\"}}", i => i * 1.1) });
        beat.EnsureSuccessStatusCode();
    }
}

/// <summary>How a command ended.</summary>
internal sealed record Outcome(int ExitCode, string Output, string Error)
{
    /// <summary>The lines with a section's name, its count and its checksum.</summary>
    public IReadOnlyList<string> Sections => [.. Output.Split('\n').Where(line => line.Split('\t').Length == 3)];

    /// <summary>It ended with this code, and one line on standard error that has all of these words and no stack trace.</summary>
    public void Refused(int exitCode, params string[] words)
    {
        Assert.True(exitCode == ExitCode, $"exit code {ExitCode}\n{Output}\n{Error}");
        Assert.Single(Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.DoesNotContain("   at ", Error, StringComparison.Ordinal);
        Assert.All(words, word => Assert.Contains(word, Error, StringComparison.Ordinal));
    }

    /// <summary>It ended well and said all of these.</summary>
    public Outcome Done(params string[] words)
    {
        Assert.True(ExitCode == 0, $"exit code {ExitCode}\n{Output}\n{Error}");
        Assert.All(words, word => Assert.Contains(word, Output, StringComparison.Ordinal));
        return this;
    }
}
