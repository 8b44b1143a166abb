using System.Globalization;
using System.Text.Json;
using Nerve.Agent.Linux;
using static Nerve.Agent.Probes.ToolJson;

namespace Nerve.Agent.Disks.Raid;

/// <summary>Finds the disks behind RAID controllers: those of MegaRAID are listed by <c>smartctl --scan</c>, those of others are found by
/// asking for one number after another.</summary>
/// <param name="ask">Runs smartctl with these arguments; null when it did not answer.</param>
internal sealed class MemberSearch(HostRoot root, Func<IReadOnlyList<string>, byte[]?> ask)
{
    // An empty bay has a number too, and a shelf may have 24 of them.
    private const int MostEmpty = 24;
    private const int MostNumbers = 128;

    public IReadOnlyList<string> Find()
    {
        List<string> members = [];
        var hosts = RaidDrivers.Find(root).ToList();
        if (hosts.Exists(host => host.Driver == "megaraid_sas") && ask(["--scan", "--json"]) is { } list)
        {
            members.AddRange(Listed(list));
        }

        foreach (var host in hosts)
        {
            if (Place(host) is { } place)
            {
                Walk(place, members);
            }
        }

        return members;
    }

    /// <summary>Of a list, those that are reached through a controller.</summary>
    internal static IReadOnlyList<string> Listed(ReadOnlyMemory<byte> output) => Read(output, Listed) ?? [];

    private static List<string> Listed(JsonElement root) => Each(
        At(root, "devices"),
        device => Text(At(device, "name")) is { } name && name.StartsWith("/dev/", StringComparison.Ordinal)
            && Text(At(device, "type")) is { } type && type.Contains(',', StringComparison.Ordinal)
            ? new MemberName(name["/dev/".Length..], type[(type.IndexOf('+', StringComparison.Ordinal) + 1)..]).ToString()
            : null);

    private void Walk(Numbered place, List<string> members)
    {
        var empty = 0;
        for (var number = place.First; number < MostNumbers && empty < MostEmpty; number++)
        {
            var type = string.Create(CultureInfo.InvariantCulture, $"{place.Type}{number}");
            var isThere = ask(["--json", "--info", "--device", type, $"/dev/{place.Device}"]) is { } output && SmartIdentity.Parse(output) is not null;
            empty = isThere ? 0 : empty + 1;
            if (isThere)
            {
                members.Add(new MemberName(place.Device, type).ToString());
            }
        }
    }

    private Numbered? Place(RaidHost host)
    {
        const string Processor = "3";
        const string Controller = "12";
        return host.Driver switch
        {
            "hpsa" or "smartpqi" => Generic(host, Controller) is { } device ? new(device, "cciss,", 0) : null,
            "arcmsr" => Generic(host, Processor) is { } device ? new(device, "areca,", 1) : null,
            "aacraid" => new("sda", $"aacraid,{AacNumber(host)},0,", 0),
            _ => null,
        };
    }

    // The controller is a SCSI device too, of a type of its own.
    private string? Generic(RaidHost host, string type) => root.List("/sys/class/scsi_generic").FirstOrDefault(name =>
        root.TryLine($"/sys/class/scsi_generic/{name}/device/type") == type
        && root.LinkName($"/sys/class/scsi_generic/{name}/device")?.StartsWith(host.Number + ":", StringComparison.Ordinal) == true);

    // /dev/aac0, /dev/aac1, … in the order of the kernel's hosts.
    private int AacNumber(RaidHost host) => RaidDrivers.Find(root).Where(other => other.Driver == host.Driver).TakeWhile(other => other != host).Count();

    private sealed record Numbered(string Device, string Type, int First);
}
