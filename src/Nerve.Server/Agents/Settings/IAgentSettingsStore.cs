namespace Nerve.Server.Agents.Settings;

/// <summary>Keeps the fleet's settings.</summary>
public interface IAgentSettingsStore
{
    /// <summary>Null until somebody has set something.</summary>
    Task<FleetSettings?> FindAsync(CancellationToken cancellationToken);

    /// <summary>Takes the place of what was set before. Of several at once one is last.</summary>
    Task SaveAsync(FleetSettings settings, CancellationToken cancellationToken);
}
