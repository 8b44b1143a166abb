namespace Nerve.Agent.Journal;

/// <summary>Every run this agent knows of, one folder each, under <c>STATE/runs</c>.</summary>
internal sealed class RunJournal
{
    private static readonly TimeSpan s_earlyCancelLifetime = TimeSpan.FromDays(7);

    private readonly string _path;

    public RunJournal(string stateDirectory)
    {
        _path = Path.Combine(Path.GetFullPath(stateDirectory), "runs");
        Directory.CreateDirectory(_path, DurableFile.OwnerOnlyDirectory);
    }

    public RunFolder Folder(Guid runId) => new(Path.Combine(_path, runId.ToString("D")), runId);

    /// <summary>Oldest first: run ids are UUIDv7.</summary>
    public IReadOnlyList<RunFolder> Folders() =>
        [.. Directory.EnumerateDirectories(_path)
            .Select(path => Guid.TryParseExact(Path.GetFileName(path), "D", out var id) ? new RunFolder(path, id) : null)
            .OfType<RunFolder>()
            .OrderBy(folder => folder.RunId)];

    /// <summary>Forgets ids that can no longer come back, and finishes burials that a crash interrupted.</summary>
    public void Prune(DateTimeOffset now)
    {
        foreach (var folder in Folders())
        {
            if (folder.IsAcknowledged)
            {
                PruneAcknowledged(folder, now);
            }
            else if (folder.ReadAssignment() is null && !folder.HasStarting && IsStale(folder, now))
            {
                folder.Delete();
            }
        }
    }

    private static void PruneAcknowledged(RunFolder folder, DateTimeOffset now)
    {
        if (folder.ReadTombstone() is { } tombstone && tombstone.KeepUntil <= now)
        {
            folder.Delete();
        }
        else
        {
            folder.DeleteAllButTombstone();
        }
    }

    // An assignment that never came: only a cancel, or nothing at all where a crash hit between folder and file.
    private static bool IsStale(RunFolder folder, DateTimeOffset now)
    {
        var since = folder.ReadCancel()?.ReceivedAt ?? Directory.GetCreationTimeUtc(folder.DirectoryPath);
        return since + s_earlyCancelLifetime <= now;
    }
}
