using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Nerve.Agent.Processes;

/// <summary>
/// Starts programs by posix_spawn: in a session of their own, with default signal handling and low priority, nothing inherited but the three
/// streams.
/// </summary>
/// <remarks>
/// Not <see cref="System.Diagnostics.Process"/>, which cannot tell death by a signal from an exit code over 128. The working directory is
/// the whole process's, so this is for a process that starts one program: a supervisor.
/// </remarks>
internal static unsafe class Spawner
{
    // Larger than any C library's posix_spawnattr_t, posix_spawn_file_actions_t or sigset_t.
    private const int OpaqueBytes = 1024;

    /// <returns>The process id.</returns>
    /// <exception cref="LaunchException">It could not be started.</exception>
    public static int Spawn(Launch launch, SafeFileHandle stdin, SafeFileHandle stdout, SafeFileHandle stderr)
    {
        var pid = 0;
        Exception? failure = null;
        // A thread of its own: after taking on another user's identity it cannot come back.
        var thread = new Thread(() =>
        {
            try
            {
                pid = SpawnHere(launch, stdin, stdout, stderr);
            }
            catch (Exception e)
            {
                failure = e;
            }
        });
        launch.Group?.Enter();
        thread.Start();
        thread.Join();
        launch.Group?.Leave();
        _ = LibC.chdir("/");
        return failure switch
        {
            null => pid,
            LaunchException e => throw e,
            _ => throw new LaunchException(failure.Message),
        };
    }

    private static int SpawnHere(Launch launch, SafeFileHandle stdin, SafeFileHandle stdout, SafeFileHandle stderr)
    {
        LowPriority.Take();
        if (launch.SwitchTo is { } user)
        {
            ThreadCredentials.Become(user);
        }
        if (LibC.chdir(launch.WorkingDirectory) != 0)
        {
            throw new LaunchException(LibC.LastError($"The working directory '{launch.WorkingDirectory}' cannot be used").Message);
        }
        var program = ProgramLookup.Find(launch.Program, launch.Environment);
        string? name = null;
        if (launch.Gate is { } gate)
        {
            (program, name) = gate.Admit(program);
        }
        var actions = stackalloc byte[OpaqueBytes];
        _ = LibC.posix_spawn_file_actions_init(actions);
        _ = LibC.posix_spawn_file_actions_adddup2(actions, Descriptor(stdin), 0);
        _ = LibC.posix_spawn_file_actions_adddup2(actions, Descriptor(stdout), 1);
        _ = LibC.posix_spawn_file_actions_adddup2(actions, Descriptor(stderr), 2);
        var attributes = stackalloc byte[OpaqueBytes];
        _ = LibC.posix_spawnattr_init(attributes);
        SetCleanStart(attributes);
        try
        {
            return Spawn(program, name ?? launch.Program, launch, actions, attributes);
        }
        finally
        {
            _ = LibC.posix_spawnattr_destroy(attributes);
            _ = LibC.posix_spawn_file_actions_destroy(actions);
        }
    }

    private static void SetCleanStart(byte* attributes)
    {
        var signals = stackalloc byte[OpaqueBytes];
        _ = LibC.sigemptyset(signals);
        _ = LibC.posix_spawnattr_setsigmask(attributes, signals);
        // Not sigfillset, which leaves out the C library's own two signals: spawned programs would then ignore them.
        new Span<byte>(signals, OpaqueBytes).Fill(0xff);
        _ = LibC.posix_spawnattr_setsigdefault(attributes, signals);
        _ = LibC.posix_spawnattr_setflags(
            attributes,
            LibC.POSIX_SPAWN_SETSIGDEF | LibC.POSIX_SPAWN_SETSIGMASK | LibC.POSIX_SPAWN_SETSID);
    }

    private static int Spawn(string program, string name, Launch launch, byte* actions, byte* attributes)
    {
        using var arguments = new NativeStrings([name, .. launch.Arguments]);
        using var environment = new NativeStrings([.. launch.Environment.Select(pair => $"{pair.Key}={pair.Value}")]);
        var error = LibC.posix_spawn(out var pid, program, actions, attributes, arguments.Pointer, environment.Pointer);
        return error switch
        {
            0 => pid,
            LibC.ENOEXEC => throw new LaunchException($"'{program}' is not a program of this machine, nor a script with a #! line."),
            LibC.ENOENT => throw new LaunchException($"'{program}' cannot be started: the interpreter or loader it names does not exist."),
            _ => throw new LaunchException($"'{program}' cannot be started: {Marshal.GetPInvokeErrorMessage(error)}."),
        };
    }

    private static int Descriptor(SafeFileHandle handle) => (int)handle.DangerousGetHandle();
}
