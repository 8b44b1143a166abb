using Nerve.Agent.Tasks;

if (args is ["supervise", var runDirectory])
{
    return await SuperviseCommand.RunAsync(runDirectory);
}
Console.WriteLine("nerve-agent");
return 0;
