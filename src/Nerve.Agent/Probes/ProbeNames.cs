namespace Nerve.Agent.Probes;

/// <summary>What follows <c>nerve-agent probe</c>.</summary>
internal static class ProbeNames
{
    /// <summary>NVIDIA GPUs through the management library.</summary>
    public const string Nvml = "nvml";

    /// <summary>AMD and Intel GPUs through the files of their kernel drivers.</summary>
    public const string Drm = "drm";

    /// <summary>Disk health through smartctl.</summary>
    public const string Smart = "smart";

    /// <summary>The management controller through the kernel's IPMI driver.</summary>
    public const string Ipmi = "ipmi";

    /// <summary>The space of filesystems that other machines or programs serve.</summary>
    public const string Space = "space";
}
