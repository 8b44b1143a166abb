using Nerve.Agent.Linux;

namespace Nerve.Agent.Tests.Linux;

/// <summary>A small tree of files, removed again after the test.</summary>
internal sealed class TemporaryTree : IDisposable
{
    public string Directory { get; } = Fixtures.NewDirectory();

    public HostRoot Root => new(Directory);

    public TemporaryTree Write(string path, string text)
    {
        var location = Directory + path;
        System.IO.Directory.CreateDirectory(Path.GetDirectoryName(location)!);
        File.WriteAllText(location, text);
        return this;
    }

    public TemporaryTree Link(string path, string target)
    {
        var location = Directory + path;
        System.IO.Directory.CreateDirectory(Path.GetDirectoryName(location)!);
        File.CreateSymbolicLink(location, target);
        return this;
    }

    public void Remove(string path) => File.Delete(Directory + path);

    public void Dispose() => System.IO.Directory.Delete(Directory, recursive: true);
}
