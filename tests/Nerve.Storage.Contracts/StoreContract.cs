namespace Nerve.Storage.Contracts;

/// <summary>What every store must do, whatever engine is below it. A store's tests inherit these classes and say only how to open it.</summary>
public abstract class StoreContract : IAsyncLifetime
{
    private TestStores? _stores;

    protected TestStores Stores => _stores ?? throw new InvalidOperationException("The stores are not open.");

    protected static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _stores = await OpenAsync();

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (_stores is not null)
        {
            await _stores.DisposeAsync();
        }
    }

    /// <summary>All stores on a database that is empty and nobody else's. Their clock stands at <see cref="Build.Now"/>.</summary>
    protected abstract ValueTask<TestStores> OpenAsync();

    /// <summary>Reads a list page by page, as a caller does, and answers all of it.</summary>
    protected static async Task<IReadOnlyList<T>> ReadPagesAsync<T>(Func<Guid?, Task<IReadOnlyList<T>>> page, Func<T, Guid> id, int limit)
    {
        var all = new List<T>();
        for (Guid? place = null; ; place = id(all[^1]))
        {
            var items = await page(place);
            Assert.True(items.Count <= limit, $"A page of at most {limit} has {items.Count} items.");
            all.AddRange(items);
            if (items.Count < limit)
            {
                return all;
            }
        }
    }
}
