using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Nerve.Server.Agents;
using Nerve.Server.Identity;
using Nerve.Server.Tests.Support;

namespace Nerve.Server.Tests.Agents;

public sealed class AgentRemovalTests
{
    [Fact]
    public async Task Delete_AgainAfterItFailedHalfWay_TakesTheHostOffTheList()
    {
        HesitantAgentStore store = null!;
        await using var center = await TestCenter.StartAsync(adjust: services =>
        {
            var real = services.Last(service => service.ServiceType == typeof(IAgentStore)).ImplementationType!;
            services.AddSingleton<IAgentStore>(provider => store = new HesitantAgentStore((IAgentStore)ActivatorUtilities.CreateInstance(provider, real)));
        });
        await using var agent = await center.JoinAsync();
        using var admin = center.Client(Role.Admin);
        store.LosesAnswerToRemoval = true;

        var first = await admin.DeleteAsync($"/api/v1/agents/{agent.Id}", TestCenter.Cancelled);
        var second = await admin.DeleteAsync($"/api/v1/agents/{agent.Id}", TestCenter.Cancelled);

        Assert.True(first.StatusCode >= HttpStatusCode.InternalServerError);
        Assert.Equal(HttpStatusCode.NotFound, second.StatusCode);
        Assert.Null(center.Get<AgentDirectory>().Find(agent.Id));
        await agent.Closed.WithinLimitAsync();
    }
}
