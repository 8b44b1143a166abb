using System.Diagnostics;
using System.Net.Sockets;

namespace Nerve.EndToEnd.Harness;

/// <summary>Waits for what must come to pass, generously: only what never comes fails.</summary>
internal static class Eventually
{
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(90);

    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(50);

    /// <summary>A center that is just away is asked again.</summary>
    /// <param name="what">What is waited for, as the failure says it.</param>
    /// <param name="read">Reads a value.</param>
    /// <param name="isSo">Whether it is the one waited for.</param>
    /// <param name="logs">What to show when it never is.</param>
    public static async Task<T> AsyncOf<T>(string what, Func<Task<T>> read, Predicate<T> isSo, Func<string> logs)
    {
        var waited = Stopwatch.StartNew();
        object? last = null;
        while (waited.Elapsed < Limit)
        {
            try
            {
                var value = await read();
                if (isSo(value))
                {
                    return value;
                }

                last = value;
            }
            catch (Exception failure) when (failure is HttpRequestException or SocketException or IOException)
            {
                last = failure.Message;
            }

            await Task.Delay(s_look, TestContext.Current.CancellationToken);
        }

        throw new TimeoutException($"Not within {Limit.TotalSeconds} s: {what}. Last: {last}\n{logs()}");
    }
}
