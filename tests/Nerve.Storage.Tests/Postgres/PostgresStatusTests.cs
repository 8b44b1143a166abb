using Nerve.Server.Agents;
using Nerve.Storage.Contracts;
using Nerve.Storage.Tests.QueryPlans;

namespace Nerve.Storage.Tests.Postgres;

/// <summary>The statuses of a fleet whose links broke together.</summary>
public sealed class PostgresStatusTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>One after the other they held every agent's row for as long as all of them took, and were given up before their end.</summary>
    [Fact]
    public async Task SetStatus_OfManyAgents_IsOneStatementBesideThatForTheirOrder()
    {
        await using var stores = await PostgresStores.OpenAsync();
        var agents = Build.Ids(50).Select(id => Build.Agent(id)).ToList();
        await CapturedQueries.OfAsync(async () => // from the first statement on: a context remembers for a second that nobody listens
        {
            foreach (var agent in agents)
            {
                await stores.Agents.AddAsync(agent, Cancel);
            }
        });

        var statements = await CapturedQueries.OfAsync(() => stores.Agents.SetStatusAsync(
            [.. agents.Select(agent => new StatusChange(agent.Id, AgentStatus.Suspect, Build.Now.AddSeconds(agents.IndexOf(agent))))], Cancel));

        Assert.Equal(2, statements.Count);
        Assert.Equal(
            agents.Select((agent, i) => (agent.Id, AgentStatus.Suspect, Build.Now.AddSeconds(i))),
            (await stores.Agents.PageAsync(null, 100, Cancel)).Select(agent => (agent.Id, agent.Status, agent.StatusSince)));
    }
}
