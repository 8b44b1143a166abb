namespace Nerve.Agent.Disks.Raid;

/// <summary>A disk behind a controller, as <c>smartctl</c> reaches it: <c>-d megaraid,8 /dev/bus/0</c> is <c>bus/0:megaraid,8</c>.</summary>
internal sealed record MemberName(string Device, string Type)
{
    public static MemberName? Parse(string name) =>
        name.IndexOf(':', StringComparison.Ordinal) is > 0 and var colon ? new MemberName(name[..colon], name[(colon + 1)..]) : null;

    public override string ToString() => $"{Device}:{Type}";
}
