using System.Runtime.InteropServices;

namespace Nerve.Agent.Processes;

/// <summary>
/// Gives the calling thread, and what it spawns, another user's identity; the rest of the process keeps its own. Linux credentials
/// belong to threads: the C library's setuid changes all of them, the system call behind it only the caller.
/// </summary>
internal static unsafe class ThreadCredentials
{
    private static bool IsArm64 => RuntimeInformation.ProcessArchitecture == Architecture.Arm64;

    /// <summary>There is no way back: let the thread end afterwards.</summary>
    public static void Become(UserAccount user)
    {
        var groups = user.Groups();
        fixed (uint* first = groups)
        {
            Call(IsArm64 ? 159 : 116, groups.Length, (nint)first, 0, "groups", user); // setgroups
        }
        var group = (nint)user.GroupId;
        var id = (nint)user.UserId;
        Call(IsArm64 ? 149 : 119, group, group, group, "group", user); // setresgid
        Call(IsArm64 ? 147 : 117, id, id, id, "identity", user); // setresuid
    }

    private static void Call(nint number, nint argument1, nint argument2, nint argument3, string what, UserAccount user)
    {
        if (LibC.syscall(number, argument1, argument2, argument3) != 0)
        {
            throw LibC.LastError($"The {what} of user '{user.Name}' cannot be taken on");
        }
    }
}
