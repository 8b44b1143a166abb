using System.CommandLine;
using System.CommandLine.Invocation;

namespace Nerve.Configuration;

/// <summary>Settings as options of commands, and commands run the way both programs want it.</summary>
public static class SettingsCommands
{
    /// <summary>The exit code for a command line or configuration that cannot be used.</summary>
    public const int ConfigurationErrorExitCode = 2;

    public static Command WithSettings(this Command command, IEnumerable<Setting> settings)
    {
        foreach (var setting in settings)
        {
            command.Options.Add(setting.ToOption());
        }

        return command;
    }

    /// <summary>Parses and runs. Everything wrong with the command line or the configuration goes to standard error, one line each,
    /// and the exit code is 2.</summary>
    /// <remarks>Signals are the commands' own business, and <c>@file</c> is an ordinary value.</remarks>
    public static async Task<int> RunAsync(this RootCommand root, IReadOnlyList<string> args, TextWriter error)
    {
        var parsed = root.Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null, EnablePosixBundling = false });
        if (parsed.Action is ParseErrorAction)
        {
            return Fail(parsed.Errors.Select(problem => problem.Message).Append($"See: {root.Name} --help"), error);
        }

        try
        {
            return await parsed.InvokeAsync(new InvocationConfiguration
            {
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = null,
            });
        }
        catch (ConfigurationException invalid)
        {
            return Fail(invalid.Errors, error);
        }
    }

    private static int Fail(IEnumerable<string> errors, TextWriter error)
    {
        foreach (var line in errors)
        {
            error.WriteLine(line);
        }

        return ConfigurationErrorExitCode;
    }
}
