using Nerve.Protocol.Inventories;

namespace Nerve.Agent.Gpu.Nvml;

/// <summary>The NVLinks of a GPU.</summary>
internal static class NvmlLinks
{
    /// <summary><c>NVML_NVLINK_MAX_LINKS</c>.</summary>
    public const uint Most = 18;

    // nvmlNvLinkErrorCounter_t
    private const uint Replay = 0;
    private const uint Recovery = 1;
    private const uint CrcFlit = 2;

    /// <summary>The state of each link that the card has.</summary>
    public static IReadOnlyList<NvlinkState> States(NvmlDevice gpu)
    {
        var states = new List<NvlinkState>();
        for (var link = 0u; link < Most; link++)
        {
            if (gpu.Number("nvmlDeviceGetNvLinkState", link) is { } state)
            {
                states.Add(new NvlinkState(link, state != 0));
            }
        }

        return states;
    }

    public static IReadOnlyList<NvlinkInfo> Describe(NvmlDevice gpu) => [.. States(gpu).Select(state => Describe(gpu, state.Link, state.IsActive))];

    private static NvlinkInfo Describe(NvmlDevice gpu, uint link, bool active)
    {
        Span<NvmlFieldValue> fields =
        [
            Field(NvmlFields.LinkSpeedMbps, link),
            Field(NvmlFields.LinkReplayErrors, link),
            Field(NvmlFields.LinkRecoveryErrors, link),
            Field(NvmlFields.LinkCrcErrors, link),
        ];
        var known = gpu.Fields(fields);
        return new NvlinkInfo((int)link, active ? "active" : "inactive", (int?)gpu.Number("nvmlDeviceGetNvLinkVersion", link))
        {
            SpeedMbps = known && fields[0].Count is > 0 and var speed ? (long)speed * 8 : null,
            RemoteType = active ? RemoteType(gpu.Number("nvmlDeviceGetNvLinkRemoteDeviceType", link)) : null,
            RemotePciAddress = active ? Remote(gpu, link) : null,
            ReplayErrors = (long?)((known ? fields[1].Count : null) ?? Errors(gpu, link, Replay)),
            RecoveryErrors = (long?)((known ? fields[2].Count : null) ?? Errors(gpu, link, Recovery)),
            CrcErrors = (long?)((known ? fields[3].Count : null) ?? Errors(gpu, link, CrcFlit)),
        };
    }

    // Before Hopper; later cards have the fields.
    private static ulong? Errors(NvmlDevice gpu, uint link, uint counter) => gpu.Count("nvmlDeviceGetNvLinkErrorCounter", link, counter);

    private static string? Remote(NvmlDevice gpu, uint link)
    {
        var pci = gpu.Read<NvmlPciInfo>("nvmlDeviceGetNvLinkRemotePciInfo_v2", link);
        // Links to a switch of another machine have no address here.
        return pci is { } found && (found.Domain | found.Bus | found.Device) != 0 && found.Domain != uint.MaxValue ? found.Address : null;
    }

    private static string? RemoteType(uint? type) => type switch { 0 => "gpu", 1 => "npu", 2 => "switch", _ => null };

    private static NvmlFieldValue Field(uint id, uint link) => new() { FieldId = id, ScopeId = link };
}

internal sealed record NvlinkState(uint Link, bool IsActive);
