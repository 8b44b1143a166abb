using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace Nerve.Agent.Processes;

/// <summary>A user of this host as the name service knows it: local files, LDAP, SSSD.</summary>
internal sealed unsafe record UserAccount(uint UserId, uint GroupId, string Name, string Home, string Shell)
{
    private const int MaxBufferBytes = 1024 * 1024;

    private delegate int Lookup(LibC.Passwd* entry, byte* buffer, nuint length, LibC.Passwd** result);

    public static UserAccount? Find(string name) =>
        Find((entry, buffer, length, result) => LibC.getpwnam_r(name, entry, buffer, length, result));

    /// <summary>The user this process runs as; in bare containers that one may have no entry.</summary>
    public static UserAccount Current()
    {
        var id = LibC.geteuid();
        return Find((entry, buffer, length, result) => LibC.getpwuid_r(id, entry, buffer, length, result))
            ?? new UserAccount(id, id, id.ToString(CultureInfo.InvariantCulture), "/", "/bin/sh");
    }

    /// <summary>Every group of the user, the primary one included.</summary>
    public uint[] Groups()
    {
        var groups = new uint[64];
        while (true)
        {
            var count = groups.Length;
            fixed (uint* first = groups)
            {
                if (LibC.getgrouplist(Name, GroupId, first, &count) >= 0)
                {
                    return groups[..count];
                }
            }
            groups = new uint[Math.Max(count, groups.Length * 2)];
        }
    }

    private static UserAccount? Find(Lookup lookup)
    {
        for (var length = 4096; length <= MaxBufferBytes; length *= 2)
        {
            var buffer = new byte[length];
            fixed (byte* start = buffer)
            {
                LibC.Passwd entry;
                LibC.Passwd* found;
                var error = lookup(&entry, start, (nuint)length, &found);
                if (error != LibC.ERANGE)
                {
                    return found == null ? null : From(entry);
                }
            }
        }
        return null;
    }

    private static UserAccount From(LibC.Passwd entry) =>
        new(entry.User, entry.Group, Text(entry.Name), Text(entry.Home), Text(entry.Shell));

    private static string Text(byte* text) =>
        text == null ? "" : Encoding.UTF8.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(text));
}
