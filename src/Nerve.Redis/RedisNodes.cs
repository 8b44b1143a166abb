using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Nerve.Server.Identity;
using Nerve.Server.Nodes;

namespace Nerve.Redis;

/// <summary>What several nodes share, on Redis. Nothing in it is the only copy of anything.</summary>
public static class RedisNodes
{
    /// <summary>Before the server's own services, which are those of a node that is alone.</summary>
    public static void AddRedisNodes(this IServiceCollection services, string url)
    {
        services.AddSingleton(provider => new RedisConnection(url, provider.GetRequiredService<ILogger<RedisConnection>>()));
        services.AddSingleton<RedisBus>();
        services.AddSingleton<INodeBus>(provider => provider.GetRequiredService<RedisBus>());
        services.AddSingleton<IFleetState, RedisFleetState>();
        services.AddSingleton<IJobLocks, RedisJobLocks>();
        services.AddSingleton<RedisRegistry>();
        services.AddSingleton<INodeRegistry>(provider => provider.GetRequiredService<RedisRegistry>());
        services.AddHostedService(provider => provider.GetRequiredService<RedisRegistry>());
        services.AddSingleton<IAttemptLimits, SharedAttemptLimits>();
        services.AddOptions<KeyManagementOptions>().PostConfigure<RedisConnection>(
            (keys, redis) => keys.XmlRepository = new SharedKeyRing(keys.XmlRepository!, redis));
    }
}
