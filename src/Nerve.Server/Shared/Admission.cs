namespace Nerve.Server.Shared;

/// <summary>Lets a few callers at a time through; the others wait their turn here. When a whole fleet comes at once, each waiting for
/// a connection to the database, heartbeats would find none, and all would give up at the same moment.</summary>
public sealed class Admission(int atOnce) : IDisposable
{
    private readonly SemaphoreSlim _door = new(atOnce, atOnce);

    public Task PassAsync(Func<Task> work, CancellationToken cancellationToken) => PassAsync(
        async () =>
        {
            await work();
            return true;
        },
        cancellationToken);

    public async Task<T> PassAsync<T>(Func<Task<T>> work, CancellationToken cancellationToken)
    {
        await _door.WaitAsync(cancellationToken);
        try
        {
            return await work();
        }
        finally
        {
            _door.Release();
        }
    }

    public void Dispose() => _door.Dispose();
}
