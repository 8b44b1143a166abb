using Nerve.Agent.Linux;

namespace Nerve.Agent.Metrics;

/// <summary>Sees whether something came to a directory or left it since the last look: drivers are loaded while the agent runs.</summary>
internal sealed class Listing(HostRoot root, string directory)
{
    private IReadOnlyList<string>? _names;

    /// <summary>True the first time, too.</summary>
    public bool HasChanged()
    {
        var names = root.List(directory);
        if (_names is not null && names.SequenceEqual(_names, StringComparer.Ordinal))
        {
            return false;
        }

        _names = names;
        return true;
    }
}
