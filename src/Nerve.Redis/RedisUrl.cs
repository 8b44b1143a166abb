using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using StackExchange.Redis;

namespace Nerve.Redis;

/// <summary><c>redis://[user:password@]host[:port][/database]</c>, or <c>rediss://</c> for TLS, as the IANA's registered scheme has it.</summary>
public static class RedisUrl
{
    private const int DefaultPort = 6379;

    /// <summary>Null for a good URL, else why it is not, without any part of it that may be secret.</summary>
    public static string? Problem(string url) => TryParse(url, out _, out var problem) ? null : problem;

    /// <exception cref="FormatException">It is none.</exception>
    internal static ConfigurationOptions Parse(string url) =>
        TryParse(url, out var options, out var problem) ? options : throw new FormatException(problem);

    private static bool TryParse(string url, [NotNullWhen(true)] out ConfigurationOptions? options, [NotNullWhen(false)] out string? problem)
    {
        (options, problem) = (null, null);
        if (!Uri.TryCreate(url, UriKind.Absolute, out var uri) || uri.Scheme is not ("redis" or "rediss") || uri.Host.Length == 0)
        {
            problem = "must look like redis://redis.example.com:6379/0, or rediss:// for TLS";
            return false;
        }

        var database = 0;
        if (uri.AbsolutePath.Trim('/') is { Length: > 0 } path && !int.TryParse(path, NumberStyles.None, CultureInfo.InvariantCulture, out database))
        {
            problem = "ends in the number of a database, such as /0";
            return false;
        }

        options = new ConfigurationOptions
        {
            EndPoints = { { uri.Host, uri.IsDefaultPort || uri.Port < 0 ? DefaultPort : uri.Port } },
            Ssl = uri.Scheme == "rediss",
            DefaultDatabase = database,
        };
        if (uri.UserInfo is { Length: > 0 } info)
        {
            var parts = info.Split(':', 2);
            options.User = parts[0].Length > 0 && parts.Length == 2 ? Uri.UnescapeDataString(parts[0]) : null;
            options.Password = Uri.UnescapeDataString(parts[^1]);
        }

        return true;
    }
}
