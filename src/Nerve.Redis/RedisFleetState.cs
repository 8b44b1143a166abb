using Nerve.Server.Nodes;
using StackExchange.Redis;

namespace Nerve.Redis;

/// <summary>One hash: the agent's id, and its state as JSON.</summary>
internal sealed class RedisFleetState(RedisConnection redis) : IFleetState
{
    private static readonly string s_key = RedisConnection.Key("agents");

    public Task SaveAsync(IReadOnlyCollection<AgentState> states, CancellationToken cancellationToken) => redis.DoAsync(
        async database =>
        {
            await database.HashSetAsync(s_key, [.. states.Select(state => new HashEntry(state.AgentId.ToString("N"), RedisJson.Write(state)))]);
            return true;
        },
        cancellationToken);

    public Task RemoveAsync(Guid agentId, CancellationToken cancellationToken) =>
        redis.DoAsync(database => database.HashDeleteAsync(s_key, agentId.ToString("N")), cancellationToken);

    public async Task<IReadOnlyList<AgentState>> LoadAsync(CancellationToken cancellationToken)
    {
        var values = await redis.DoAsync(database => database.HashValuesAsync(s_key), cancellationToken);
        return [.. values.Select(value => RedisJson.Read<AgentState>(value)).OfType<AgentState>()];
    }
}
