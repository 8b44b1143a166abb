using System.CommandLine;
using Nerve.Configuration;
using Nerve.Swarm;

// What comes is dealt with by the thread that finds it: an agent's part is short, and to hand it on takes as long.
Environment.SetEnvironmentVariable("DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS", "1");

var root = new RootCommand("nerve-swarm: thousands of protocol-true agents in one process, to see what a center carries.");
root.WithSettings(SwarmSettings.Table);
root.SetAction(async (parsed, cancellationToken) =>
{
    var options = SwarmSettings.Read(parsed);
    await using var swarm = new SwarmRun(options, TimeProvider.System);
    return await swarm.RunAsync(cancellationToken);
});
return await root.RunAsync(args, Console.Error);
