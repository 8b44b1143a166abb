using System.Globalization;

namespace Nerve.EndToEnd.Harness;

/// <summary>What a process takes for the time of day, set from outside as by somebody who corrects a machine's clock (libfaketime). Durations go on as they do.</summary>
internal sealed class WallClock
{
    private const string Folder = "/usr/lib";

    private static readonly string? s_library = !Directory.Exists(Folder)
        ? null
        : Directory.EnumerateDirectories(Folder, "*-linux-gnu").Select(folder => Path.Combine(folder, "faketime/libfaketimeMT.so.1")).FirstOrDefault(File.Exists);

    private readonly string _file;

    /// <param name="folder">Where its setting is kept.</param>
    public WallClock(string folder)
    {
        _file = Path.Combine(folder, $"clock-{Guid.NewGuid():N}");
        Set(TimeSpan.Zero);
    }

    /// <summary>Null, or why there is none.</summary>
    public static string? Missing =>
        s_library is null ? "libfaketime is not installed: apt-get install faketime" : null;

    /// <summary>Of the process that is to believe it.</summary>
    public IReadOnlyDictionary<string, string> Environment => new Dictionary<string, string>
    {
        ["LD_PRELOAD"] = s_library!,
        ["FAKETIME_TIMESTAMP_FILE"] = _file,
        ["FAKETIME_NO_CACHE"] = "1",
        ["FAKETIME_DONT_FAKE_MONOTONIC"] = "1",
        ["FAKETIME_FORCE_MONOTONIC_FIX"] = "0", // or no wait that has an end waits, and its threads do nothing else than to begin it anew
    };

    /// <summary>Processes that were killed leave memory behind that is named by their number, and gone only by a restart of the machine.</summary>
    public static void Sweep()
    {
        foreach (var left in Directory.EnumerateFiles("/dev/shm", "*faketime_s*_*").Where(file => !Directory.Exists("/proc/" + file[(file.LastIndexOf('_') + 1)..])))
        {
            File.Delete(left);
        }
    }

    /// <summary>At once.</summary>
    /// <param name="ahead">Of the true time.</param>
    public void Set(TimeSpan ahead)
    {
        // Put in its place as a whole, for it is read at any moment.
        File.WriteAllText(_file + ".new", string.Create(CultureInfo.InvariantCulture, $"{ahead.TotalSeconds:+0;-0;+0}s\n"));
        File.Move(_file + ".new", _file, overwrite: true);
    }
}
