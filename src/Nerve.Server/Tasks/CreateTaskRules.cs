using System.Text.RegularExpressions;
using Nerve.Protocol.Runs;
using Nerve.Server.Selectors;
using Nerve.Server.Shared;
using Nerve.Server.Tasks.Rollouts;

namespace Nerve.Server.Tasks;

/// <summary>What a task may ask for. All problems are named at once.</summary>
internal static partial class CreateTaskRules
{
    private const int LongestTimeout = 7 * 86400;
    private const int LongestExpiry = 30 * 86400;
    private const long LargestOutput = 64L * 1024 * 1024;
    private const int LargestText = 512 * 1024;

    public static void Check(CreateTask task)
    {
        var errors = new Dictionary<string, string[]>();
        CheckWhat(task, errors);
        CheckHow(task, errors);
        CheckEnv("env", task.Env, errors);
        CheckEnv("secrets", task.Secrets, errors);
        CheckTwice(task, errors);
        CheckTarget(task.Target, errors);
        CheckRollout(task.Rollout, errors);
        foreach (var (field, problem) in task.Retries?.Problems() ?? [])
        {
            errors[$"retries.{field}"] = [problem];
        }

        if (errors.Count > 0)
        {
            throw Problems.Invalid(errors);
        }
    }

    public static void Check(PreviewTask preview)
    {
        var errors = new Dictionary<string, string[]>();
        CheckTarget(preview.Target, errors);
        CheckRollout(preview.Rollout, errors);
        if (errors.Count > 0)
        {
            throw Problems.Invalid(errors);
        }
    }

    private static void CheckRollout(RolloutSpec? rollout, Dictionary<string, string[]> errors)
    {
        foreach (var (field, problem) in rollout?.Problems() ?? [])
        {
            errors[$"rollout.{field}"] = [problem];
        }
    }

    private static void CheckWhat(CreateTask task, Dictionary<string, string[]> errors)
    {
        var (given, wanted, other) = task.Kind == TaskKind.Command
            ? (task.Command, "command", task.Script is null ? null : "script")
            : (task.Script, "script", task.Command is null ? null : "command");
        if (string.IsNullOrWhiteSpace(given))
        {
            errors[wanted] = [$"is required for the kind '{wanted}'"];
        }

        if (other is not null)
        {
            errors[other] = [$"does not belong to the kind '{wanted}'"];
        }

        if (task.Interpreter is not null && task.Kind != TaskKind.Script)
        {
            errors["interpreter"] = ["belongs to the kind 'script'"];
        }

        CheckText("command", task.Command, 4096, errors);
        CheckText("script", task.Script, LargestText, errors);
        CheckText("interpreter", task.Interpreter, 4096, errors);
        if (task.Args?.Contains(null!) == true)
        {
            errors["args"] = ["must not contain null"];
        }

        CheckText("args", task.Args is null ? null : string.Join(' ', task.Args), 128 * 1024, errors);
    }

    private static void CheckHow(CreateTask task, Dictionary<string, string[]> errors)
    {
        CheckText("name", task.Name, 256, errors);
        CheckText("user", task.User, 64, errors);
        CheckText("stdin", task.Stdin, LargestText, errors);
        CheckText("workingDirectory", task.WorkingDirectory, 4096, errors);
        CheckRange("timeoutSeconds", task.TimeoutSeconds, LongestTimeout, errors);
        CheckRange("expiresAfterSeconds", task.ExpiresAfterSeconds, LongestExpiry, errors);
        if (task.OutputLimitBytes is < 0 or > LargestOutput)
        {
            errors["outputLimitBytes"] = [$"must be between 0 and {LargestOutput}"];
        }

        foreach (var (field, problem) in task.Limits?.Problems() ?? [])
        {
            errors[$"limits.{field}"] = [problem];
        }

        if (task.WorkingDirectory is { Length: > 0 } directory && directory[0] != '/')
        {
            errors["workingDirectory"] = ["must be an absolute path"];
        }
    }

    private static void CheckEnv(string field, IReadOnlyDictionary<string, string>? env, Dictionary<string, string[]> errors)
    {
        foreach (var name in env?.Keys ?? [])
        {
            if (!EnvironmentName().IsMatch(name))
            {
                errors[field] = [$"has '{name}', which is no environment variable name"];
            }
        }

        if (env?.Values.Contains(null!) == true)
        {
            errors[field] = ["must not contain null"];
        }

        CheckText(field, env is null ? null : string.Concat(env.Values), 128 * 1024, errors);
    }

    private static void CheckTwice(CreateTask task, Dictionary<string, string[]> errors)
    {
        if (task.Secrets?.Keys.FirstOrDefault(name => task.Env?.ContainsKey(name) == true) is { } twice)
        {
            errors["secrets"] = [$"has '{twice}', which is in env, too: put it in one of the two"];
        }
    }

    private static void CheckTarget(TaskTarget target, Dictionary<string, string[]> errors)
    {
        bool[] given = [target.Agents is not null, target.Selector is not null, target.Cluster is not null, target.All is true];
        if (given.Count(isGiven => isGiven) != 1)
        {
            errors["target"] = ["must be exactly one of {\"agents\":[…]}, {\"selector\":\"…\"}, {\"cluster\":\"…\"} and {\"all\":true}"];
        }
        else if (target.Agents is { Count: 0 or > 100_000 })
        {
            errors["target.agents"] = ["must name 1 to 100000 agents"];
        }
        else if (target.Selector is { } selector)
        {
            CheckSelector(selector, errors);
        }
    }

    /// <summary>An empty selector fits every agent; who means that must say so.</summary>
    private static void CheckSelector(string selector, Dictionary<string, string[]> errors)
    {
        try
        {
            if (Selector.Parse(selector).Requirements.Count == 0)
            {
                errors["target.selector"] = ["must not be empty; {\"all\":true} is every agent"];
            }
        }
        catch (SelectorSyntaxException fault)
        {
            errors["target.selector"] = [fault.Message];
        }
    }

    private static void CheckText(string field, string? text, int longest, Dictionary<string, string[]> errors)
    {
        if (text?.Length > longest)
        {
            errors[field] = [$"must have at most {longest} characters"];
        }
        else if (text?.Contains('\0') == true)
        {
            errors[field] = ["must not contain a NUL character"];
        }
    }

    private static void CheckRange(string field, int? value, int highest, Dictionary<string, string[]> errors)
    {
        if (value is { } number && (number < 1 || number > highest))
        {
            errors[field] = [$"must be between 1 and {highest}"];
        }
    }

    [GeneratedRegex("^[A-Za-z_][A-Za-z0-9_]{0,127}$")]
    private static partial Regex EnvironmentName();
}
