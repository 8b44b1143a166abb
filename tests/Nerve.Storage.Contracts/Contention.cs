namespace Nerve.Storage.Contracts;

/// <summary>Many callers at the same moment.</summary>
internal static class Contention
{
    public const int Callers = 16;

    public static async Task<IReadOnlyList<T>> RunAsync<T>(Func<int, Task<T>> call)
    {
        var start = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var calls = Enumerable.Range(0, Callers).Select(caller => Task.Run(async () =>
        {
            await start.Task;
            return await call(caller);
        })).ToList();
        start.SetResult();
        return await Task.WhenAll(calls);
    }

    public static Task RunAsync(Func<int, Task> call) =>
        RunAsync(async caller =>
        {
            await call(caller);
            return true;
        });
}
