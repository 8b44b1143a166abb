using Nerve.Protocol.Link;
using Nerve.Server.Shared;

namespace Nerve.Server.Agents.Settings;

/// <summary>How far an admin may go.</summary>
internal static class AgentSettingsRules
{
    /// <exception cref="ProblemException">Too far; all that is wrong at once.</exception>
    public static void Check(AgentSettingsChange change, AgentSettings defaults)
    {
        var errors = new Dictionary<string, string[]>();
        CheckRange("heartbeatSeconds", change.HeartbeatSeconds, AgentSettingsLimits.HeartbeatSeconds);
        CheckRange("sampleSeconds", change.SampleSeconds, AgentSettingsLimits.SampleSeconds);
        CheckRange("smartMinutes", change.SmartMinutes, AgentSettingsLimits.SmartMinutes);
        CheckRange("ipmiSeconds", change.IpmiSeconds, AgentSettingsLimits.IpmiSeconds);
        CheckRange("inventorySeconds", change.InventorySeconds, AgentSettingsLimits.InventorySeconds);

        var heartbeat = change.HeartbeatSeconds ?? defaults.HeartbeatSeconds;
        if (errors.Count == 0 && change.SampleSeconds > heartbeat)
        {
            errors["sampleSeconds"] = [$"must be at most {heartbeat}, for samples travel with heartbeats: set more for heartbeatSeconds, or less here"];
        }

        if (errors.Count > 0)
        {
            throw Problems.Invalid(errors);
        }

        void CheckRange(string name, int? value, SettingRange range)
        {
            if (value is { } number && !range.Has(number))
            {
                errors[name] = [$"must be between {range.Least} and {range.Most}"];
            }
        }
    }
}
