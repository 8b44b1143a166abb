using System.Runtime.CompilerServices;

namespace Nerve.Server.Tests.Support;

/// <summary>Waits for what must come, with a limit that only a broken center reaches.</summary>
internal static class Eventually
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(30);

    public static Task HoldsAsync(Func<bool> condition, [CallerArgumentExpression(nameof(condition))] string what = "") =>
        HoldsAsync(() => Task.FromResult(condition()), what);

    public static async Task HoldsAsync(Func<Task<bool>> condition, [CallerArgumentExpression(nameof(condition))] string what = "")
    {
        var begun = TimeProvider.System.GetTimestamp();
        while (!await condition())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(begun) < s_limit, $"It never came true: {what}");
            await Task.Delay(3, TestContext.Current.CancellationToken);
        }
    }

    public static Task<T> WithinLimitAsync<T>(this Task<T> task) => task.WaitAsync(s_limit, TestContext.Current.CancellationToken);

    public static Task WithinLimitAsync(this Task task) => task.WaitAsync(s_limit, TestContext.Current.CancellationToken);
}
