using Nerve.Agent.Inventories.Smbios;
using Nerve.Agent.Linux;
using Nerve.Agent.Probes;
using Nerve.Protocol.Inventories;

namespace Nerve.Agent.Inventories;

/// <summary>What a section reads from: the machine's files, and the place to report those that may not be read.</summary>
internal sealed class Machine(HostRoot root, FilesystemSpaces space, ProbeSet? probes = null)
{
    private const int MaxProblems = 100;

    private readonly List<CollectionProblem> _problems = [];
    private CpuInfoFile? _cpuInfo;
    private SmbiosTable? _smbios;

    public HostRoot Root { get; } = root;

    public FilesystemSpaces Space { get; } = space;

    /// <summary>Where to ask what may never answer; null when this is not the running machine.</summary>
    public ProbeSet? Probes { get; } = probes;

    /// <summary>What the disks' probe says of RAID controllers; known once the disks are.</summary>
    public ProbeReply Controllers { get; set; } = new();

    public IReadOnlyList<CollectionProblem> Problems => _problems;

    public CpuInfoFile CpuInfo => _cpuInfo ??= CpuInfoFile.Parse(Text("/proc/cpuinfo") ?? "");

    public SmbiosTable Smbios => _smbios ??= SmbiosFiles.Read(this);

    /// <summary>The file's text; null when it does not exist, has no value, or may not be read, which is reported.</summary>
    public string? Text(string path) => Permitted(path, () => Root.ReadText(path));

    /// <summary>The file's text without surrounding white space; null as for <see cref="Text"/> or when nothing is left.</summary>
    public string? Line(string path) => Permitted(path, () => Root.ReadLine(path));

    public byte[]? Bytes(string path) => Permitted(path, () => Root.ReadBytes(path));

    public IReadOnlyList<string> List(string path) => Root.List(path);

    public void Report(string source, string reason)
    {
        if (_problems.Count < MaxProblems && !_problems.Exists(problem => problem.Source == source))
        {
            _problems.Add(new CollectionProblem(source, reason));
        }
    }

    /// <summary>As <see cref="Bytes"/>, for what is not missed when it may not be read.</summary>
    public byte[]? Quietly(string path) => Root.TryBytes(path);

    /// <summary>Describes one device of several: whatever is wrong with it is reported and leaves the others alone.</summary>
    public void Guard(string source, Action describe)
    {
        try
        {
            describe();
        }
#pragma warning disable CA1031 // A strange device must not hide the others.
        catch (Exception e)
#pragma warning restore CA1031
        {
            Report(source, $"Could not be read: {e.Message}");
        }
    }

    private T? Permitted<T>(string path, Func<T?> read)
        where T : class
    {
        try
        {
            return read();
        }
        catch (UnauthorizedAccessException)
        {
            Report(path, "Permission denied. Run the agent as root, or give it CAP_DAC_READ_SEARCH, to have this value.");
            return null;
        }
        catch (InvalidDataException e)
        {
            Report(path, e.Message);
            return null;
        }
    }
}
