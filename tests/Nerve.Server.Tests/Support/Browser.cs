using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Extensions.DependencyInjection;
using Nerve.Server.Identity;

namespace Nerve.Server.Tests.Support;

/// <summary>The page's end of the live feed, over a real WebSocket.</summary>
internal sealed class Browser : IAsyncDisposable
{
    private readonly ConcurrentQueue<LiveMessage> _events = new();

    private Browser(HubConnection hub) => Hub = hub;

    public HubConnection Hub { get; }

    public IEnumerable<LiveMessage> Events => _events;

    /// <summary>Completes when the link is gone.</summary>
    public Task Closed { get; private set; } = Task.CompletedTask;

    public static Task<Browser> OpenAsync(TestCenter center, Role role) => OpenAsync(center, "Authorization", $"Bearer {center.Token(role)}");

    /// <param name="center">Where to.</param>
    /// <param name="header">What proves who it is: <c>Authorization</c> or <c>Cookie</c>.</param>
    /// <param name="value">The header's value.</param>
    public static async Task<Browser> OpenAsync(TestCenter center, string header, string value)
    {
        var builder = new HubConnectionBuilder().WithUrl(new Uri(center.Address, "/hubs/live"), HttpTransportType.WebSockets, http =>
        {
            http.SkipNegotiation = true;
            http.Headers[header] = value;
        });
        builder.AddJsonProtocol();
        var browser = new Browser(builder.Build());
        browser.Hub.On<LiveMessage>("Event", message => browser._events.Enqueue(message));
        var closed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        browser.Hub.Closed += _ =>
        {
            closed.TrySetResult();
            return Task.CompletedTask;
        };
        browser.Closed = closed.Task;
        await browser.Hub.StartAsync(TestCenter.Cancelled);
        return browser;
    }

    public Task WatchAsync(string topic) => Hub.InvokeAsync("Watch", topic, TestCenter.Cancelled);

    public Task UnwatchAsync(string topic) => Hub.InvokeAsync("Unwatch", topic, TestCenter.Cancelled);

    /// <summary>Waits for an event such as this one; earlier ones count too.</summary>
    public async Task<JsonElement> SeesAsync(string topic, string type, Func<JsonElement, bool> which)
    {
        LiveMessage? found = null;
        await Eventually.HoldsAsync(() =>
            (found = _events.FirstOrDefault(message => message.Topic == topic && message.Type == type && which(message.Data))) is not null,
            $"an event '{type}' on '{topic}'");
        return found!.Data;
    }

    public async ValueTask DisposeAsync() => await Hub.DisposeAsync();
}

internal sealed record LiveMessage(
    [property: JsonPropertyName("topic")] string Topic,
    [property: JsonPropertyName("type")] string Type,
    [property: JsonPropertyName("data")] JsonElement Data);
