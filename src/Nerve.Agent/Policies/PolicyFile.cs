using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Nerve.Agent.Linux;
using Nerve.Agent.Processes;
using Nerve.Configuration;

namespace Nerve.Agent.Policies;

/// <summary>The file in which the host's owner says what a center may do here. It is read anew each time.</summary>
/// <remarks>
/// Whoever can write it can do everything that a task can, so it must be root's alone, and so must its folder. A file that cannot be used
/// refuses everything.
/// </remarks>
/// <param name="configured">Its path when somebody named it, and then it must be there; null for the usual one, which may be missing.</param>
internal sealed class PolicyFile(string? configured)
{
    public const string UsualPath = "/etc/nerve/agent-policy.yaml";

    private const int MaxBytes = 256 * 1024;
    private const UnixFileMode OthersWrite = UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;

    public string Path { get; } = configured ?? UsualPath;

    public PolicyReading Read()
    {
        var errors = new List<string>();
        try
        {
            var folder = System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(Path)) ?? "/";
            using var file = Open(Path);
            if (file is null)
            {
                return IsLink() ? Broken($"{Path} is a link to a file that is not there")
                    : configured is null ? PolicyReading.None : Broken($"{Path} does not exist, and is the policy that this agent was told to keep");
            }

            using var folderHandle = Open(folder);
            // Where a link leads, too: who can rename the file there can take it away.
            using var realFolder = Open(System.IO.Path.GetDirectoryName(RealPath.Of((int)file.DangerousGetHandle())) ?? "/");
            if ((Fault(file) ?? Fault(folderHandle!) ?? Fault(realFolder!)) is { } fault)
            {
                return Broken($"{Path}: {fault}");
            }

            var policy = new PolicyReader(errors).Read(YamlTree.Read(new StringReader(Text(file))));
            return errors.Count == 0 ? new PolicyReading(policy, []) : Broken([.. errors.ConvertAll(error => $"{Path}:{error}")]);
        }
        catch (ConfigurationException e)
        {
            return Broken($"{Path}:{e.Message}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Broken($"{Path} cannot be read: {e.Message}");
        }
    }

    private bool IsLink() => RawFile.LinkTarget(Path) is not null;

    private static PolicyReading Broken(params IReadOnlyList<string> errors) => new(null, errors);

    private static SafeFileHandle? Open(string path)
    {
        var descriptor = LibC.open(path, LibC.O_RDONLY | LibC.O_CLOEXEC);
        return descriptor >= 0 ? new SafeFileHandle(descriptor, ownsHandle: true)
            : Marshal.GetLastPInvokeError() == LibC.ENOENT ? null
            : throw LibC.LastError("open");
    }

    private static string? Fault(SafeFileHandle handle)
    {
        var owner = LibC.OwnerOf(handle);
        return owner != 0 ? $"it or its folder belongs to user {owner}; it must be root's: chown root"
            : (File.GetUnixFileMode(handle) & OthersWrite) != 0 ? "it or its folder can be written by others than root: chmod go-w"
            : null;
    }

    private static string Text(SafeFileHandle file)
    {
        if (RandomAccess.GetLength(file) > MaxBytes)
        {
            throw new IOException("it is larger than 256 KiB, which no policy is");
        }

        using var stream = new FileStream(file, FileAccess.Read, bufferSize: 0);
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
