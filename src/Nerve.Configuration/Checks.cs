using System.Globalization;

namespace Nerve.Configuration;

/// <summary>Checks for <see cref="Setting.Check"/>. Each answer is read after the quoted value, so it never repeats the value.</summary>
public static class Checks
{
    public static string? Switch(string text) =>
        Parsing.TrySwitch(text, out _) ? null : "is not a switch; write true or false";

    public static string? Duration(string text) =>
        Parsing.TryDuration(text, out _) ? null : "is not a duration; write for example 30s, 5m, 1h or 30d";

    public static Func<string, string?> DurationBetween(TimeSpan least, TimeSpan most) => text =>
        !Parsing.TryDuration(text, out var value) ? Duration(text)
        : value < least || value > most ? $"is not between {Show(least)} and {Show(most)}"
        : null;

    public static string? Address(string text) =>
        ListenAddress.TryParse(text, out _) ? null : "is not HOST:PORT; write for example :8090";

    public static Func<string, string?> Integer(int least, int most) => text =>
        int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) && value >= least && value <= most
            ? null
            : $"is not a whole number from {least} to {most}";

    public static Func<string, string?> OneOf(params string[] choices) => text =>
        choices.Contains(text, StringComparer.Ordinal) ? null
        : Suggestion.For(text, choices) is { } meant ? $"is not one of {string.Join(", ", choices)}; did you mean '{meant}'?"
        : $"is not one of {string.Join(", ", choices)}";

    /// <summary>The address of a service: no query, fragment, user name or password in it.</summary>
    public static Func<string, string?> Url(params string[] schemes) => text =>
        !Uri.TryCreate(text, UriKind.Absolute, out var url) || !schemes.Contains(url.Scheme) || url.Host.Length == 0
            ? $"is not a URL with {string.Join(" or ", schemes)}; write for example {schemes[0]}://center.example.com:8090"
        : url.UserInfo.Length > 0 ? "has a user name or password in it; secrets do not belong into addresses"
        : url.Query.Length > 0 || url.Fragment.Length > 0 ? "has a '?' or '#' part; write only the address"
        : null;

    /// <summary>Each element of a comma separated list, of which there must be at least one.</summary>
    public static Func<string, string?> Each(Func<string, string?> check) => text =>
    {
        var elements = Parsing.List(text);
        return elements.Count == 0
            ? "is an empty list"
            : elements.Select(element => check(element) is { } reason
                ? elements.Count == 1 ? reason : $"has '{element}', which {reason}"
                : null).FirstOrDefault(reason => reason is not null);
    };

    public static string? Labels(string text) => Parsing.TryLabels(text, out _, out var reason) ? null : reason;

    public static string? FileExists(string text) =>
        File.Exists(text) ? null : Directory.Exists(text) ? "is a directory, not a file" : "does not exist";

    public static string? DirectoryExists(string text) => Directory.Exists(text) ? null : "is not an existing directory";

    private static string Show(TimeSpan span) =>
        span.TotalHours >= 1 && span.TotalHours % 1 == 0 ? $"{span.TotalHours:0}h"
        : span.TotalMinutes >= 1 && span.TotalMinutes % 1 == 0 ? $"{span.TotalMinutes:0}m"
        : span.TotalSeconds >= 1 ? $"{span.TotalSeconds:0.###}s"
        : $"{span.TotalMilliseconds:0}ms";
}
