using System.Text.Json;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace Nerve.Configuration.Logging;

/// <summary>How both programs log: to standard error, so that standard output stays for what was asked for.</summary>
public static class NerveConsole
{
    /// <summary>One readable line per event on a terminal, one JSON object per line anywhere else; times are UTC.</summary>
    /// <remarks>A reader that does not keep up loses lines; it never holds the program up.</remarks>
    public static ILoggingBuilder AddNerveConsole(this ILoggingBuilder logging, bool debug)
    {
        logging.SetMinimumLevel(debug ? LogLevel.Debug : LogLevel.Information);
        if (!debug)
        {
            logging.AddFilter("Microsoft", LogLevel.Warning);
        }

        return logging.AddFormat().AddConsole(console =>
        {
            console.LogToStandardErrorThreshold = LogLevel.Trace;
            console.QueueFullMode = ConsoleLoggerQueueFullMode.DropWrite;
        });
    }

    private static ILoggingBuilder AddFormat(this ILoggingBuilder logging) =>
        Console.IsErrorRedirected
            ? logging.AddJsonConsole(json =>
            {
                json.UseUtcTimestamp = true;
                json.TimestampFormat = "yyyy-MM-ddTHH:mm:ss.fffZ";
                json.JsonWriterOptions = new JsonWriterOptions { Indented = false };
            })
            : logging.AddSimpleConsole(simple =>
            {
                simple.SingleLine = true;
                simple.UseUtcTimestamp = true;
                simple.TimestampFormat = "yyyy-MM-ddTHH:mm:ss.fffZ ";
            });
}
