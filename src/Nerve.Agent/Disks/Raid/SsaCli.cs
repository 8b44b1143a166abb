using System.Text;
using Nerve.Agent.Linux;
using Nerve.Protocol.Inventories;

namespace Nerve.Agent.Disks.Raid;

/// <summary>Reads <c>ssacli ctrl all show config detail</c> of HPE Smart Array controllers: text for people, a key and a value in each line, below
/// the headings of what they belong to.</summary>
internal sealed class SsaCli
{
    public static readonly string[] Programs = ["/usr/sbin/ssacli", "/opt/smartstorageadmin/ssacli/bin/ssacli", "/usr/sbin/hpssacli"];

    public static readonly string[] Arguments = ["ctrl", "all", "show", "config", "detail"];

    private readonly KernelNames _names;
    private readonly List<Heading> _controllers = [];
    private readonly List<Heading> _drives = [];
    private readonly List<Heading> _members = [];
    private Heading? _current;
    private int _array;

    private SsaCli(KernelNames names) => _names = names;

    /// <returns>Null when it is no report.</returns>
    public static RaidReport? Parse(ReadOnlyMemory<byte> output, KernelNames names)
    {
        var reader = new SsaCli(names);
        foreach (var line in Encoding.UTF8.GetString(output.Span).Split('\n'))
        {
            reader.Take(line.TrimEnd(), line.Trim());
        }

        return reader._controllers.Count == 0 ? null : new RaidReport(
            [.. reader._controllers.Select(reader.Controller)],
            [.. reader._drives.Select(reader.Drive)],
            [.. reader._controllers.Select(controller => Number.Double(controller["Controller Temperature (C)"]))]);
    }

    private void Take(string line, string text)
    {
        if (line.Length > 0 && line[0] != ' ' && text.Contains(" in Slot ", StringComparison.Ordinal))
        {
            _array++;
            Begin(_controllers, text[..text.IndexOf(" in Slot ", StringComparison.Ordinal)]);
        }
        else if (text.StartsWith("Array: ", StringComparison.Ordinal) || text is "Unassigned" or "unassigned")
        {
            _array++;
            _current = null;
        }
        else if (text.StartsWith("Logical Drive: ", StringComparison.Ordinal))
        {
            Begin(_drives, text["Logical Drive: ".Length..]);
        }
        else if (text.Split(' ') is ["physicaldrive", var place])
        {
            Begin(_members, place);
        }
        else if (text.IndexOf(": ", StringComparison.Ordinal) is > 0 and var colon)
        {
            _current?.Values.TryAdd(text[..colon].Trim(), text[(colon + 2)..].Trim());
        }
    }

    private void Begin(List<Heading> list, string name)
    {
        _current = new Heading(name, _array, _controllers.Count - (list == _controllers ? 0 : 1));
        list.Add(_current);
    }

    private StorageControllerInfo Controller(Heading controller)
    {
        var address = controller["PCI Address (Domain:Bus:Device.Function)"]?.ToLowerInvariant();
        return new StorageControllerInfo(
            address is null ? "" : _names.HostAt(address) ?? "", controller["Driver Name"], controller.Name, controller["Firmware Version"], address)
        {
            Serial = controller["Serial Number"],
            State = controller["Controller Status"],
            // In GB, without saying so.
            CacheBytes = Number.Double(controller["Total Cache Size"]?.Split(' ')[0]) is > 0 and < 1024 and var size ? (long)(size * (1 << 30)) : null,
            BatteryModel = controller["Cache Backup Power Source"],
            BatteryState = controller["Battery/Capacitor Status"],
        };
    }

    private RaidInfo Drive(Heading drive)
    {
        var members = _members.FindAll(member => member.Array == drive.Array).ConvertAll(Member);
        var disks = members.FindAll(member => member.State != "spare");
        return new RaidInfo(
            drive["Disk Name"]?.Split('/')[^1] ?? $"c{drive.Controller}/v{drive.Name}",
            drive["Fault Tolerance"] is { } level ? $"raid{level.Split('(')[0].Replace("+", "", StringComparison.Ordinal).Trim()}" : null,
            State(drive["Status"]),
            disks.Count > 0 ? disks.Count : null,
            disks.Count > 0 ? disks.Count(member => member.State == "active") : null)
        {
            Kind = "hardware",
            Controller = _controllers.ElementAtOrDefault(drive.Controller)?["Driver Name"],
            Label = drive["Logical Drive Label"],
            Members = members,
        };
    }

    private static RaidMemberInfo Member(Heading member) => new(member.Name, null, MemberState(member))
    {
        Location = member.Name,
    };

    private static string MemberState(Heading member) => member["Drive Type"]?.StartsWith("Spare", StringComparison.Ordinal) == true ? "spare" : member["Status"] switch
    {
        "OK" or "Predictive Failure" => "active",
        "Rebuilding" => "rebuilding",
        "Failed" => "faulty",
        var other => other?.ToLowerInvariant() ?? "unknown",
    };

    private static string? State(string? status) => status switch
    {
        "OK" => "active",
        "Interim Recovery Mode" or "Ready for Rebuild" => "degraded",
        "Failed" => "inactive",
        _ when status?.StartsWith("Recovering", StringComparison.Ordinal) == true => "recovery",
        _ => status?.ToLowerInvariant(),
    };

    /// <param name="Array">Which of the groups of disks in the report it belongs to.</param>
    /// <param name="Controller">Which of the controllers in the report.</param>
    private sealed record Heading(string Name, int Array, int Controller)
    {
        public Dictionary<string, string> Values { get; } = new(StringComparer.Ordinal);

        public string? this[string key] => Values.GetValueOrDefault(key) is { Length: > 0 } value ? value : null;
    }
}
