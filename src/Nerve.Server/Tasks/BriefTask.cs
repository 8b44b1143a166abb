namespace Nerve.Server.Tasks;

/// <summary>A task with the beginnings of what may be long: its script and input are up to half a megabyte each, its arguments, variables and the hosts that it
/// names a quarter of one. None of it ever changes, while lists are full of tasks and one at work is told of four times a second.</summary>
/// <param name="Task">Without what is cut off.</param>
/// <param name="IsAbridged">Whether anything is.</param>
internal sealed record BriefTask(NerveTask Task, bool IsAbridged)
{
    /// <summary>Characters: more than a list shows of a script.</summary>
    private const int Longest = 4000;

    private const int MostHosts = 100;

    public static BriefTask Of(NerveTask task)
    {
        var (spec, target) = (task.Spec, task.Target);
        IReadOnlyList<string> args = [.. Beginning(spec.Args, arg => arg.Length)];
        var env = Beginning(spec.Env, pair => pair.Key.Length + pair.Value.Length).ToDictionary();
        var isAbridged = IsLong(spec.Script) || IsLong(spec.Stdin) || args.Count < spec.Args.Count || env.Count < spec.Env.Count || target.Agents?.Count > MostHosts;
        return new BriefTask(isAbridged ? Cut() : task, isAbridged);

        NerveTask Cut() => task with
        {
            Spec = spec with { Script = Beginning(spec.Script), Stdin = Beginning(spec.Stdin), Args = args, Env = env },
            Target = target with { Agents = target.Agents is { } hosts ? [.. hosts.Take(MostHosts)] : null },
        };
    }

    private static bool IsLong(string? text) => text is { Length: > Longest };

    private static string? Beginning(string? text) => IsLong(text) ? text![..Longest] : text;

    private static IEnumerable<T> Beginning<T>(IEnumerable<T> items, Func<T, int> length)
    {
        var room = Longest;
        return items.TakeWhile(item => (room -= length(item)) >= 0);
    }
}
