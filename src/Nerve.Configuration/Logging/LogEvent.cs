using Microsoft.Extensions.Logging;

namespace Nerve.Configuration.Logging;

/// <summary>What happened, as a line says it.</summary>
/// <param name="At">UTC.</param>
/// <param name="Level">How bad it is.</param>
/// <param name="Category">Which part says so: a type's full name.</param>
/// <param name="Id">Which event of that part.</param>
/// <param name="Message">For people.</param>
/// <param name="Exception">What went wrong, if something did.</param>
/// <param name="State">The message's values by their names, and its template as <c>{OriginalFormat}</c>.</param>
internal readonly record struct LogEvent(
    DateTimeOffset At, LogLevel Level, string Category, EventId Id, string Message, Exception? Exception, object? State)
{
    public const string TimeFormat = "yyyy-MM-ddTHH:mm:ss.fffZ";
}
