using Nerve.Server.Nodes;
using StackExchange.Redis;

namespace Nerve.Redis;

/// <summary>News by publish and subscribe: one channel, JSON, the sender's id first.</summary>
/// <remarks>Not SignalR's own backplane: that one sends everything by way of Redis, even to links of the same node, so that nobody would hear
/// anything while Redis is away.</remarks>
internal sealed partial class RedisBus(RedisConnection redis, NodeIdentity self, ILogger<RedisBus> logger) : INodeBus
{
    private sealed record Envelope(string From, NodeNews News);

    public bool HasOthers => true;

    public bool IsConnected => redis.IsConnected;

    public event Action<string, NodeNews>? Received;

    public event Action<bool>? ConnectedChanged
    {
        add => redis.ConnectedChanged += value;
        remove => redis.ConnectedChanged -= value;
    }

    /// <summary>As soon as Redis is there, and again after each time that it was away.</summary>
    public void Subscribe() => redis.Subscriber.Subscribe(redis.News, CommandFlags.FireAndForget).OnMessage(message => Take(message.Message));

    public void Publish(NodeNews news)
    {
        if (!redis.IsConnected)
        {
            return;
        }

        try
        {
            redis.Subscriber.Publish(redis.News, RedisJson.Write(new Envelope(self.Id, news)), CommandFlags.FireAndForget);
        }
        catch (Exception gone) when (gone is RedisException or ObjectDisposedException)
        {
            // Lost, as is told where Redis is watched.
        }
    }

    private void Take(RedisValue message)
    {
        if (RedisJson.Read<Envelope>(message) is not { From: not null, News: not null } envelope)
        {
            LogMalformed(logger);
        }
        else if (envelope.From != self.Id)
        {
            Received?.Invoke(envelope.From, envelope.News);
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "A message between nodes makes no sense to this one: do all nodes run the same version?")]
    private static partial void LogMalformed(ILogger logger);
}
