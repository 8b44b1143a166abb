using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Nerve.Configuration.Logging;

/// <summary>How both programs log: to standard error, so that standard output stays for what was asked for.</summary>
/// <remarks>One readable line per event on a terminal, one JSON object per line anywhere else; times are UTC.
/// A reader that does not keep up loses lines, which the next line says; it never holds the program up.</remarks>
public static class NerveConsole
{
    /// <summary>For a program with a container for its services.</summary>
    public static ILoggingBuilder AddNerveConsole(this ILoggingBuilder logging, bool debug)
    {
        logging.Services.Configure<LoggerFilterOptions>(options => Limit(options, debug));
        logging.Services.AddSingleton<ILoggerProvider>(_ => Lines());
        return logging;
    }

    /// <summary>For a program without one.</summary>
    public static ILoggerFactory CreateLoggers(bool debug)
    {
        var options = new LoggerFilterOptions();
        Limit(options, debug);
        var loggers = new LoggerFactory([], options);
        loggers.AddProvider(Lines());
        return loggers;
    }

    private static void Limit(LoggerFilterOptions options, bool debug)
    {
        options.MinLevel = debug ? LogLevel.Debug : LogLevel.Information;
        if (!debug)
        {
            options.AddFilter("Microsoft", LogLevel.Warning);
        }
    }

    private static LineLoggerProvider Lines() =>
        new(Console.IsErrorRedirected ? JsonLine.Format : TextLine.Format, new LineWriter(Console.OpenStandardError()), TimeProvider.System);
}
