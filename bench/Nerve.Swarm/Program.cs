using System.CommandLine;
using Nerve.Configuration;
using Nerve.Swarm;

var root = new RootCommand("nerve-swarm: thousands of protocol-true agents in one process, to see what a center carries.");
root.WithSettings(SwarmSettings.Table);
root.SetAction(async (parsed, cancellationToken) =>
{
    var options = SwarmSettings.Read(parsed);
    await using var swarm = new SwarmRun(options, TimeProvider.System);
    return await swarm.RunAsync(cancellationToken);
});
return await root.RunAsync(args, Console.Error);
