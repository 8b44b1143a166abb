using System.Threading.Channels;
using Microsoft.AspNetCore.DataProtection.Repositories;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Nerve.Server;
using Nerve.Server.Identity;
using Nerve.Server.Nodes;

namespace Nerve.Redis.Tests;

/// <summary>The part of a center that is on Redis, as the center puts it together.</summary>
internal sealed class Node : IAsyncDisposable
{
    private readonly ServiceProvider _services;
    private readonly Channel<NodeNews> _news = Channel.CreateUnbounded<NodeNews>();
    private readonly Channel<(string Node, bool SaidSo)> _gone = Channel.CreateUnbounded<(string, bool)>();

    private Node(string url, string name, string schema, TimeProvider time)
    {
        Id = name;
        var services = new ServiceCollection();
        services.AddLogging(logging => logging.Services.AddSingleton(typeof(Microsoft.Extensions.Logging.ILogger<>), typeof(NullLogger<>)));
        services.AddSingleton(time);
        services.AddSingleton(new NodeIdentity(name));
        services.AddSingleton(new NerveServerOptions { DataDirectory = "/nowhere", StorageName = "none", Version = "1.2.3", Schema = schema });
        services.AddRedisNodes(url);
        _services = services.BuildServiceProvider();
        Bus.Received += (_, news) => _news.Writer.TryWrite(news);
        Registry.Gone += (node, saidSo) => _gone.Writer.TryWrite((node, saidSo));
    }

    public string Id { get; }

    public INodeBus Bus => _services.GetRequiredService<INodeBus>();

    public IFleetState State => _services.GetRequiredService<IFleetState>();

    public IJobLocks Locks => _services.GetRequiredService<IJobLocks>();

    public IAttemptLimits Limits => _services.GetRequiredService<IAttemptLimits>();

    public INodeRegistry Registry => Redis;

    private RedisRegistry Redis => _services.GetRequiredService<RedisRegistry>();

    /// <summary>Joined and running.</summary>
    public static async Task<Node> StartAsync(string url, string name, string schema = "1", TimeProvider? time = null)
    {
        var node = new Node(url, name, schema, time ?? TimeProvider.System);
        try
        {
            await node.Registry.JoinAsync(TestContext.Current.CancellationToken);
            await node.Redis.StartAsync(TestContext.Current.CancellationToken);
            return node;
        }
        catch
        {
            await node.DisposeAsync();
            throw;
        }
    }

    public IXmlRepository KeyRing(IXmlRepository own) => new SharedKeyRing(own, _services.GetRequiredService<RedisConnection>());

    public Task StopAsync() => Redis.StopAsync(TestContext.Current.CancellationToken);

    public async Task<T> NextAsync<T>()
        where T : NodeNews
    {
        while (true)
        {
            if (await _news.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(Eventually.Limit) is T news)
            {
                return news;
            }
        }
    }

    public Task<(string Node, bool SaidSo)> NextGoneAsync() =>
        _gone.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(Eventually.Limit);

    public bool SawSomebodyGo => _gone.Reader.Count > 0;

    public ValueTask DisposeAsync() => _services.DisposeAsync();
}

internal static class Eventually
{
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    public static async Task TrueAsync(Func<bool> isSo, string what)
    {
        var end = DateTime.UtcNow + Limit;
        while (!isSo())
        {
            Assert.True(DateTime.UtcNow < end, $"Not within {Limit.TotalSeconds} s: {what}");
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }
    }
}
