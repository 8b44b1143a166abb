using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Nerve.Protocol;
using Nerve.Protocol.Runs;

namespace Nerve.Agent.Journal;

/// <summary>
/// One run in the journal: a folder whose files say how far the run came. Each file appears whole and is never changed:
/// <c>assignment.json</c> (accepted) → <c>starting.json</c> (may have run) → <c>started.json</c> (the process exists) →
/// <c>result.json</c> (over) → <c>acknowledged.json</c> (the center has the result; everything else is deleted).
/// </summary>
/// <remarks>
/// <para><c>cancel.json</c> may come at any time, also first. <c>output</c> is the run's output, <c>script</c> its script.</para>
/// <para><c>secrets.json</c> has the values of the assignment's secret variables. It comes before the assignment, and is gone before the program
/// is started or the run is over.</para>
/// <para>Whoever holds <c>lock</c> may take the steps from <c>starting.json</c> to <c>result.json</c>: the run's supervisor while it
/// lives, else the agent. This and the rule that nothing is started once <c>starting.json</c> exists make a run happen at most once.</para>
/// </remarks>
internal sealed class RunFolder(string path, Guid runId)
{
    private const int ReserveBytes = 16 * 1024;

    private readonly string _assignment = Path.Combine(path, "assignment.json");
    private readonly string _cancel = Path.Combine(path, "cancel.json");
    private readonly string _starting = Path.Combine(path, "starting.json");
    private readonly string _started = Path.Combine(path, "started.json");
    private readonly string _result = Path.Combine(path, "result.json");
    private readonly string _secrets = Path.Combine(path, "secrets.json");
    private readonly string _reserve = Path.Combine(path, "reserve");
    private readonly string _acknowledged = Path.Combine(path, "acknowledged.json");

    public Guid RunId => runId;

    public string DirectoryPath => path;

    public string OutputPath { get; } = Path.Combine(path, "output");

    public string ScriptPath { get; } = Path.Combine(path, "script");

    public string LockPath { get; } = Path.Combine(path, "lock");

    public bool HasStarting => File.Exists(_starting);

    public bool HasResult => File.Exists(_result);

    public bool IsAcknowledged => File.Exists(_acknowledged);

    /// <summary>With the names of its secrets only; <see cref="ReadSecrets"/> has their values.</summary>
    public RunAssignment? ReadAssignment() => Read(_assignment, AgentJsonContext.Default.RunAssignment);

    /// <summary>Null when they were erased, or never were.</summary>
    public SecretsRecord? ReadSecrets() => Read(_secrets, JournalJsonContext.Default.SecretsRecord);

    public CancelRecord? ReadCancel() => Read(_cancel, JournalJsonContext.Default.CancelRecord);

    public StartingRecord? ReadStarting() => Read(_starting, JournalJsonContext.Default.StartingRecord);

    public StartedRecord? ReadStarted() => Read(_started, JournalJsonContext.Default.StartedRecord);

    public RunFinished? ReadResult() => Read(_result, AgentJsonContext.Default.RunFinished);

    public TombstoneRecord? ReadTombstone() => Read(_acknowledged, JournalJsonContext.Default.TombstoneRecord);

    public void WriteAssignment(RunAssignment assignment)
    {
        if (assignment.SecretEnv is { Count: > 0 } secrets)
        {
            Write(_secrets, new SecretsRecord(secrets), JournalJsonContext.Default.SecretsRecord);
            assignment = assignment with { SecretEnv = secrets.Keys.ToDictionary(name => name, _ => "") };
        }
        Write(_assignment, assignment, AgentJsonContext.Default.RunAssignment);
    }

    public void WriteCancel(CancelRecord cancel) => Write(_cancel, cancel, JournalJsonContext.Default.CancelRecord);

    public void WriteStarting(StartingRecord starting) => Write(_starting, starting, JournalJsonContext.Default.StartingRecord);

    public void WriteStarted(StartedRecord started) => Write(_started, started, JournalJsonContext.Default.StartedRecord);

    public void WriteResult(RunFinished result)
    {
        EraseSecrets();
        Delete(Path.GetFileName(_reserve));
        Write(_result, result, AgentJsonContext.Default.RunFinished);
    }

    /// <summary>Keeps room for the result, however full of output the disk will be.</summary>
    public void Reserve()
    {
        using var file = new FileStream(_reserve, new FileStreamOptions
        {
            Mode = FileMode.Create,
            Access = FileAccess.Write,
            UnixCreateMode = DurableFile.OwnerOnly,
            BufferSize = 0,
        });
        file.Write(new byte[ReserveBytes]);
    }

    /// <summary>Also what a crash left of writing them.</summary>
    public void EraseSecrets() => Delete("secrets.json*");

    /// <summary>Keeps the id, deletes the rest: output, script and environment may hold secrets.</summary>
    public void Bury(DateTimeOffset keepUntil)
    {
        // The center has them; a full disk may have no room for the next file without this.
        Delete("output*");
        Write(_acknowledged, new TombstoneRecord(keepUntil), JournalJsonContext.Default.TombstoneRecord);
        DeleteAllButTombstone();
    }

    public void DeleteAllButTombstone()
    {
        foreach (var file in Directory.EnumerateFiles(path))
        {
            if (file != _acknowledged)
            {
                File.Delete(file);
            }
        }
    }

    public void Delete() => Directory.Delete(path, recursive: true);

    private void Delete(string names)
    {
        foreach (var file in Directory.Exists(path) ? Directory.EnumerateFiles(path, names) : [])
        {
            File.Delete(file);
        }
    }

    private void Write<T>(string file, T value, JsonTypeInfo<T> type)
    {
        DurableFile.CreateDirectory(path);
        DurableFile.Write(file, JsonSerializer.SerializeToUtf8Bytes(value, type));
    }

    /// <summary>Null where there is no such file, or one that a damaged disk made unreadable.</summary>
    private static T? Read<T>(string file, JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(file), type);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException or JsonException)
        {
            return null;
        }
    }
}
