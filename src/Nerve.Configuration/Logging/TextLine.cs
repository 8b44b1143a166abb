using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging;

namespace Nerve.Configuration.Logging;

/// <summary>A line for people: <c>2026-01-31T08:00:00.000Z info: Nerve.Agent.AgentHost nerve-agent stopped</c>.</summary>
internal static class TextLine
{
    private const string Plain = "\e[0m";

    /// <summary>Line breaks and terminal commands in what is logged are not the log's: they become spaces.</summary>
    public static byte[] Format(LogEvent happened)
    {
        var (name, colour) = Look(happened.Level);
        var line = new StringBuilder()
            .Append(happened.At.UtcDateTime.ToString(LogEvent.TimeFormat, CultureInfo.InvariantCulture)).Append(' ')
            .Append(colour).Append(name).Append(Plain).Append(": ").Append(happened.Category).Append(' ');
        AppendHarmless(line, happened.Message);
        if (happened.Exception is { } exception)
        {
            AppendHarmless(line.Append(' '), exception.ToString());
        }

        return Encoding.UTF8.GetBytes(line.Append('\n').ToString());
    }

    private static void AppendHarmless(StringBuilder line, string text)
    {
        foreach (var letter in text)
        {
            line.Append(char.IsControl(letter) ? ' ' : letter);
        }
    }

    private static (string Name, string Colour) Look(LogLevel level) => level switch
    {
        LogLevel.Trace => ("trce", "\e[2m"),
        LogLevel.Debug => ("dbug", "\e[2m"),
        LogLevel.Information => ("info", "\e[32m"),
        LogLevel.Warning => ("warn", "\e[33m"),
        LogLevel.Error => ("fail", "\e[31m"),
        _ => ("crit", "\e[1;31m"),
    };
}
