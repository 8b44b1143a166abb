using System.Web;
using Nerve.Server.Shared;
using Npgsql;

namespace Nerve.Storage.EfCore.Postgres;

/// <summary>A connection URI in the form that <c>libpq</c> and every other client of PostgreSQL take.</summary>
/// <remarks>https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-URIS, one host. Its password never appears in an error.</remarks>
internal static class PostgresUrl
{
    public const string Example = "postgres://nerve@db.example.com:5432/nerve";

    private static readonly Dictionary<string, string> s_libpqNames = new(StringComparer.OrdinalIgnoreCase)
    {
        ["sslmode"] = "SSL Mode",
        ["sslrootcert"] = "Root Certificate",
        ["sslcert"] = "SSL Certificate",
        ["sslkey"] = "SSL Key",
        ["connect_timeout"] = "Timeout",
        ["application_name"] = "Application Name",
        ["target_session_attrs"] = "Target Session Attributes",
        ["passfile"] = "Passfile",
        ["host"] = "Host",
        ["options"] = "Options",
    };

    /// <summary>Null for a good URL, else why it is not; never repeats any part that may be secret.</summary>
    public static string? Problem(string url) => DatabaseException.ReasonOf(() => Parse(url));

    /// <exception cref="DatabaseException">It is no such URL; to be read after its name.</exception>
    public static NpgsqlConnectionStringBuilder Parse(string url)
    {
        if (!Uri.TryCreate(url, UriKind.Absolute, out var uri) || uri.Scheme is not ("postgres" or "postgresql"))
        {
            throw new DatabaseException($"is not a PostgreSQL URL; write for example {Example}");
        }

        var user = uri.UserInfo.Split(':', 2);
        var builder = new NpgsqlConnectionStringBuilder
        {
            Host = uri.IdnHost.Trim('[', ']'),
            Port = uri.Port > 0 ? uri.Port : 5432,
            Database = Uri.UnescapeDataString(uri.AbsolutePath.TrimStart('/')),
            ApplicationName = "nerve-center",
            MaxPoolSize = 50,
        };
        if (user[0].Length > 0)
        {
            builder.Username = Uri.UnescapeDataString(user[0]);
        }

        if (user.Length > 1)
        {
            builder.Password = Uri.UnescapeDataString(user[1]);
        }

        AddParameters(builder, uri.Query);
        return string.IsNullOrEmpty(builder.Host) ? throw new DatabaseException($"names no host; write for example {Example}")
            : string.IsNullOrEmpty(builder.Database) ? throw new DatabaseException($"names no database; write for example {Example}")
            : builder;
    }

    private static void AddParameters(NpgsqlConnectionStringBuilder builder, string query)
    {
        var parameters = HttpUtility.ParseQueryString(query);
        foreach (var key in parameters.AllKeys)
        {
            var value = parameters[key] ?? "";
            try
            {
                builder[s_libpqNames.GetValueOrDefault(key ?? "", key ?? "")] =
                    key == "sslmode" ? value.Replace("-", "", StringComparison.Ordinal) : value;
            }
            catch (Exception exception) when (exception is ArgumentException or FormatException or InvalidCastException or OverflowException)
            {
                throw new DatabaseException($"has the parameter '{key}', which is unknown or has a bad value", exception);
            }
        }
    }
}
