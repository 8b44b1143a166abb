namespace Nerve.Agent.Metrics;

/// <summary>Remembers devices between samples, and forgets those that are gone: a device that comes back starts anew.</summary>
internal sealed class DeviceTable<T>(Func<string, T> create)
    where T : class
{
    private Dictionary<string, T> _seen = new(StringComparer.Ordinal);
    private Dictionary<string, T> _before = new(StringComparer.Ordinal);

    public void Begin()
    {
        (_before, _seen) = (_seen, _before);
        _seen.Clear();
    }

    public T Get(string name)
    {
        if (!_before.TryGetValue(name, out var device))
        {
            device = create(name);
        }

        _seen[name] = device;
        return device;
    }
}
