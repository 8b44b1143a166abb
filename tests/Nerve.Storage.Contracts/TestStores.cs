using Microsoft.Extensions.DependencyInjection;
using Nerve.Server.Agents;
using Nerve.Server.Agents.Settings;
using Nerve.Server.Audit;
using Nerve.Server.Identity;
using Nerve.Server.Ingestion;
using Nerve.Server.Inventories;
using Nerve.Server.Metrics;
using Nerve.Server.Metrics.RollUps;
using Nerve.Server.Tasks;

namespace Nerve.Storage.Contracts;

/// <summary>Every store on one empty database of a test's own.</summary>
public sealed class TestStores(ServiceProvider services, Func<ValueTask>? remove = null) : IAsyncDisposable
{
    public IServiceProvider Services => services;

    public IAgentStore Agents => services.GetRequiredService<IAgentStore>();

    public IHeartbeatStore Heartbeats => services.GetRequiredService<IHeartbeatStore>();

    public IMetricStore Metrics => services.GetRequiredService<IMetricStore>();

    public IRollUpStore RollUps => services.GetRequiredService<IRollUpStore>();

    public IInventoryStore Inventories => services.GetRequiredService<IInventoryStore>();

    public ITaskStore Tasks => services.GetRequiredService<ITaskStore>();

    public IAgentSettingsStore Settings => services.GetRequiredService<IAgentSettingsStore>();
    public IAuditStore Audit => services.GetRequiredService<IAuditStore>();

    public IUserStore Users => services.GetRequiredService<IUserStore>();

    public ITokenStore Tokens => services.GetRequiredService<ITokenStore>();

    public async ValueTask DisposeAsync()
    {
        await services.DisposeAsync();
        if (remove is not null)
        {
            await remove();
        }
    }
}
