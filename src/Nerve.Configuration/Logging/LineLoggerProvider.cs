using Microsoft.Extensions.Logging;

namespace Nerve.Configuration.Logging;

/// <summary>Loggers whose events become one line each.</summary>
internal sealed class LineLoggerProvider(Func<LogEvent, byte[]> format, LineWriter lines, TimeProvider time) : ILoggerProvider
{
    public ILogger CreateLogger(string categoryName) => new LineLogger(this, categoryName);

    public void Dispose() => lines.Dispose();

    private sealed class LineLogger(LineLoggerProvider provider, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            provider.Write(new LogEvent(default, logLevel, category, eventId, formatter(state, exception), exception, state));
    }

    private void Write(LogEvent happened) => lines.Add(format(happened with { At = time.GetUtcNow() }));
}
