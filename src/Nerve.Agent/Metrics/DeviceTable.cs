using System.Text;

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

    /// <summary>As <see cref="Get(string)"/>, making the name into a string only when it is new.</summary>
    public T Get(ReadOnlySpan<byte> name)
    {
        Span<char> letters = stackalloc char[256];
        if (Encoding.UTF8.GetMaxCharCount(name.Length) > letters.Length)
        {
            return Get(Encoding.UTF8.GetString(name));
        }

        letters = letters[..Encoding.UTF8.GetChars(name, letters)];
        if (!_before.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(letters, out var known, out var device))
        {
            known = new string(letters);
            device = create(known);
        }

        _seen[known] = device;
        return device;
    }
}
