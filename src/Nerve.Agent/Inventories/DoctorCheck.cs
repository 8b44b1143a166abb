namespace Nerve.Agent.Inventories;

/// <summary>One thing the doctor looked at.</summary>
/// <param name="Advice">When it is missing: what that costs, and what to do about it.</param>
internal sealed record DoctorCheck(string Name, DoctorVerdict Verdict, string Finding, string? Advice = null);

internal enum DoctorVerdict
{
    /// <summary>Works.</summary>
    Ok,

    /// <summary>Not there, and this machine may not need it.</summary>
    Absent,

    /// <summary>There, and out of the agent's reach; or needed, and not there.</summary>
    Missing,
}
