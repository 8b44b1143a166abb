using System.Text;
using Nerve.Agent.Journal;
using Nerve.Agent.Processes;

namespace Nerve.Agent.Tasks;

/// <summary>A script task's text as a file for its interpreter.</summary>
internal static class ScriptFile
{
    private const UnixFileMode OwnerReads = UnixFileMode.UserRead | UnixFileMode.UserExecute;

    private const UnixFileMode PassThrough =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    // Only root may write there, so nobody can put links in the way of what root writes and removes.
    private const string SharedRoot = "/run/nerve-agent-scripts";

    /// <summary>In the run's folder; for another user, who cannot reach that one, in a folder under <c>/run</c>.</summary>
    public static string Write(RunFolder folder, string text, UserAccount? reader)
    {
        if (reader is null)
        {
            WriteText(folder.ScriptPath, text);
            return folder.ScriptPath;
        }
        var directory = SharedDirectory(folder.RunId);
        Directory.CreateDirectory(SharedRoot, PassThrough);
        Directory.CreateDirectory(directory, PassThrough);
        var path = Path.Combine(directory, "script");
        WriteText(path, text);
        return LibC.chown(path, reader.UserId, reader.GroupId) == 0
            ? path
            : throw LibC.LastError($"The script cannot be given to user '{reader.Name}'");
    }

    /// <summary>Removes what lies outside of the run's folder.</summary>
    public static void RemoveShared(Guid runId)
    {
        var directory = SharedDirectory(runId);
        if (Directory.Exists(directory))
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    /// <summary>The interpreter and its one optional argument, split as the kernel splits what follows <c>#!</c>.</summary>
    public static IReadOnlyList<string> Interpreter(string script, string? named)
    {
        var line = named ?? (script.StartsWith("#!", StringComparison.Ordinal) ? script[2..].Split('\n', 2)[0] : "");
        var parts = line.Trim().Split([' ', '\t'], 2, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return parts.Length == 0 ? ["/bin/sh"] : parts;
    }

    private static string SharedDirectory(Guid runId) => Path.Combine(SharedRoot, runId.ToString("D"));

    private static void WriteText(string path, string text)
    {
        // Left by a supervisor that was killed before it started anything.
        File.Delete(path);
        using var file = new FileStream(path, new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            UnixCreateMode = OwnerReads,
            BufferSize = 0,
        });
        file.Write(Encoding.UTF8.GetBytes(text));
    }
}
