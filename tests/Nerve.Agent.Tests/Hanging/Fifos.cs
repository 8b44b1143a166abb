using Nerve.Agent.Tests.Linux;

namespace Nerve.Agent.Tests.Hanging;

/// <summary>Named pipes in a tree; whoever waits at one is let go at the end.</summary>
internal sealed class Fifos : IDisposable
{
    private readonly TemporaryTree _tree;

    public Fifos(TemporaryTree tree, IEnumerable<string> paths)
    {
        (_tree, Paths) = (tree, [.. paths]);
        foreach (var path in Paths)
        {
            Fifo.Make(tree.Directory + path);
        }
    }

    public IReadOnlyList<string> Paths { get; }

    public void Dispose() => Fifo.Release(Paths.Select(path => _tree.Directory + path));
}
