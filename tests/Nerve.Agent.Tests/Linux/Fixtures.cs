using System.Collections.Concurrent;
using System.Formats.Tar;
using System.IO.Compression;
using System.Text.Json;
using Nerve.Agent.Linux;

[assembly: AssemblyFixture(typeof(Nerve.Agent.Tests.Linux.Fixtures.Cleanup))]

namespace Nerve.Agent.Tests.Linux;

/// <summary>Captured machines, kept in <c>shared/fixtures</c> beside the repository or where NERVE_FIXTURES says.
/// Tests that need them are skipped where they are not.</summary>
internal static class Fixtures
{
    private const string Memory = "/dev/shm";
    private const long EnoughMemory = 256 << 20;

    private static readonly string? s_directory = Find();
    private static readonly ConcurrentDictionary<string, Lazy<string>> s_trees = new(StringComparer.Ordinal);

    /// <summary>One row for each case below the sources that has the file; a single null row when there are no fixtures,
    /// so that the skip can be seen.</summary>
    public static TheoryData<string?> CasesWith(string file, string[] sources, string? except = null)
    {
        var data = new TheoryData<string?>();
        foreach (var source in s_directory is null ? [] : sources)
        {
            foreach (var folder in Directory.GetDirectories(Path.Combine(s_directory!, source)).Order(StringComparer.Ordinal))
            {
                if (Path.GetFileName(folder) != except && Directory.GetFiles(folder, file, SearchOption.AllDirectories).Length > 0)
                {
                    data.Add($"{source}/{Path.GetFileName(folder)}");
                }
            }
        }

        if (s_directory is null)
        {
            data.Add((string?)null);
        }

        return data;
    }

    public static string FolderOf(string? name)
    {
        Assert.SkipWhen(s_directory is null, "No captured machines: put them into shared/fixtures beside the repository, or set NERVE_FIXTURES.");
        return Path.Combine(s_directory!, name!);
    }

    public static string Text(string? name, string file) =>
        File.ReadAllText(Directory.GetFiles(FolderOf(name), file, SearchOption.AllDirectories).Single());

    /// <summary>What is known of the case, from its <c>case.json</c>.</summary>
    public static JsonElement Facts(string? name)
    {
        using var json = JsonDocument.Parse(File.ReadAllText(Path.Combine(FolderOf(name), "case.json")));
        return json.RootElement.GetProperty("facts").Clone();
    }

    /// <summary>The captured files, unpacked.</summary>
    public static HostRoot Tree(string? name)
    {
        var archive = Path.Combine(FolderOf(name), "root.tar.gz");
        return new HostRoot(s_trees.GetOrAdd(archive, static path => new Lazy<string>(() => Unpack(path))).Value);
    }

    /// <summary>An empty directory: in memory where there is room, for a disk takes half as long again for thousands of small files.</summary>
    public static string NewDirectory()
    {
        var inMemory = Directory.Exists(Memory) && new DriveInfo(Memory).AvailableFreeSpace > EnoughMemory;
        var parent = inMemory ? Memory : Path.GetTempPath();
        return Directory.CreateDirectory(Path.Combine(parent, $"nerve-tree-{Path.GetRandomFileName()}")).FullName;
    }

    /// <summary>Removes the unpacked trees after the last test.</summary>
    public sealed class Cleanup : IDisposable
    {
        public void Dispose()
        {
            foreach (var tree in s_trees.Values.Where(tree => tree.IsValueCreated))
            {
                Directory.Delete(tree.Value, recursive: true);
            }
        }
    }

    private static string Unpack(string archive)
    {
        var directory = NewDirectory();
        using var file = File.OpenRead(archive);
        using var tar = new TarReader(new GZipStream(file, CompressionMode.Decompress));
        while (tar.GetNextEntry() is { } entry)
        {
            Extract(entry, Path.Combine(directory, entry.Name));
        }

        return directory;
    }

    // TarFile refuses links that lead out of the directory, as links in /proc do.
    private static void Extract(TarEntry entry, string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        if (entry.EntryType == TarEntryType.SymbolicLink)
        {
            File.CreateSymbolicLink(path, entry.LinkName);
        }
        else if (entry.EntryType != TarEntryType.Directory)
        {
            entry.ExtractToFile(path, overwrite: true);
        }
        else
        {
            Directory.CreateDirectory(path);
        }
    }

    private static string? Find()
    {
        if (Environment.GetEnvironmentVariable("NERVE_FIXTURES") is { Length: > 0 } given)
        {
            return given;
        }

        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var candidate = Path.Combine(folder.FullName, "shared", "fixtures");
            if (Directory.Exists(candidate))
            {
                return candidate;
            }
        }

        return null;
    }
}
