using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Nerve.Configuration.Logging;

/// <summary>How both programs log: to standard error, so that standard output stays for what was asked for.</summary>
public static class NerveConsole
{
    /// <summary>One readable line per event on a terminal, one JSON object per line anywhere else; times are UTC.</summary>
    /// <remarks>A reader that does not keep up loses lines, which the next line says; it never holds the program up.</remarks>
    public static ILoggingBuilder AddNerveConsole(this ILoggingBuilder logging, bool debug)
    {
        logging.SetMinimumLevel(debug ? LogLevel.Debug : LogLevel.Information);
        if (!debug)
        {
            logging.AddFilter("Microsoft", LogLevel.Warning);
        }

        logging.Services.AddSingleton<ILoggerProvider>(_ => new LineLoggerProvider(
            Console.IsErrorRedirected ? JsonLine.Format : TextLine.Format, new LineWriter(Console.OpenStandardError()), TimeProvider.System));
        return logging;
    }
}
