using Nerve.Protocol.Metrics;
using Nerve.Protocol.Runs;
using Nerve.Server.Agents;
using Nerve.Server.Audit;
using Nerve.Server.Identity;
using Nerve.Server.Ingestion;
using Nerve.Server.Tasks;

namespace Nerve.Storage.Contracts;

/// <summary>Things to store, valid and unlike each other unless a test says otherwise.</summary>
public static class Build
{
    private static int s_serial;

    /// <summary>The moment at which these tests happen; the stores' clocks stand here.</summary>
    public static DateTimeOffset Now { get; } = new(2026, 3, 14, 15, 9, 26, 535, TimeSpan.Zero);

    public static MetricSchema Schema { get; } = MetricSchema.Of(["cpu.used_percent", "load.1m"]);

    public static Guid Id(DateTimeOffset? at = null) => Guid.CreateVersion7(at ?? Now);

    /// <summary>Ids whose order is that of their making.</summary>
    public static IReadOnlyList<Guid> Ids(int count) => [.. Enumerable.Range(0, count).Select(i => Id(Now.AddMilliseconds(i)))];

    public static string Hash() => $"{Interlocked.Increment(ref s_serial):x64}";

    public static Agent Agent(Guid? id = null) => new()
    {
        Id = id ?? Id(),
        Hostname = "gpu-01",
        CredentialHash = Hash(),
        EnrolledAt = Now,
        StatusSince = Now,
    };

    public static User User(string name = "ada", Guid? id = null) => new()
    {
        Id = id ?? Id(),
        Username = name,
        PasswordHash = "AQAAAAIAAYagAAAAE",
        Role = Role.Operator,
        CreatedAt = Now,
        Stamp = "first",
    };

    public static ApiToken ApiToken(Guid? id = null) => new()
    {
        Id = id ?? Id(),
        Name = "ci",
        Role = Role.Viewer,
        SecretHash = Hash(),
        CreatedAt = Now,
    };

    public static EnrolToken EnrolToken(int? maxUses = null, Guid? id = null) => new()
    {
        Id = id ?? Id(),
        Name = "rack 7",
        SecretHash = Hash(),
        CreatedAt = Now,
        MaxUses = maxUses,
    };

    public static NerveTask Task(Guid? id = null, string name = "", string command = "/bin/true", string? key = null) => new()
    {
        Id = id ?? Id(),
        Kind = TaskKind.Command,
        Name = name,
        Spec = new TaskSpec { Command = command, TimeoutSeconds = 60 },
        Target = new TaskTarget { All = true },
        ExpiresAfterSeconds = 3600,
        ExpiresAt = Now.AddHours(1),
        CreatedBy = "ada",
        CreatedAt = Now,
        IdempotencyKey = key,
    };

    public static Run Run(NerveTask task, Guid? agentId = null, Guid? id = null) => new()
    {
        Id = id ?? Id(),
        TaskId = task.Id,
        AgentId = agentId ?? Id(),
        Hostname = "gpu-01",
    };

    public static MetricSample Sample(DateTimeOffset at, params double?[] values) =>
        new(at, Schema.Id, values.Length == 0 ? [12.5, 0.25] : values);

    public static HeartbeatWrite Heartbeat(Guid agentId, DateTimeOffset at, params IReadOnlyList<MetricSample> samples) => new(agentId, at, samples);

    public static AuditDraft Deed(string action = "task.create", string? target = null) => new(Now, "ada", "cookie", "192.0.2.7", action, target, "ok");

    public static RunOutput Output(Guid runId, long offset, byte[] data) => new(runId, offset, OutputStream.Stdout, Now, data);
}
