using System.Collections;

namespace Nerve.Storage.Contracts;

/// <summary>A batch whose caller gives up while the store is reading it.</summary>
internal sealed class CancelledHalfway<T>(IReadOnlyList<T> items) : IReadOnlyList<T>, IDisposable
{
    private readonly CancellationTokenSource _source = new();

    public CancellationToken Token => _source.Token;

    public int Count => items.Count;

    public T this[int index]
    {
        get
        {
            if (index == items.Count / 2)
            {
                _source.Cancel();
            }

            return items[index];
        }
    }

    public IEnumerator<T> GetEnumerator() => Enumerable.Range(0, Count).Select(index => this[index]).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public void Dispose() => _source.Dispose();
}
