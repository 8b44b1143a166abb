using System.Text;

namespace Nerve.Server.Shared;

/// <summary>The place in a list after which the next page begins: a sort key and the id that breaks ties, opaque to callers.</summary>
internal static class Cursor
{
    public static string Encode(string key, Guid id) =>
        Convert.ToBase64String(Encoding.UTF8.GetBytes($"{id:N}{key}")).TrimEnd('=').Replace('+', '-').Replace('/', '_');

    /// <exception cref="ProblemException">The text was not made by <see cref="Encode"/>.</exception>
    public static (string Key, Guid Id) Decode(string cursor)
    {
        try
        {
            var base64 = cursor.Replace('-', '+').Replace('_', '/');
            var text = Encoding.UTF8.GetString(Convert.FromBase64String(base64.PadRight((base64.Length + 3) / 4 * 4, '=')));
            return (text[32..], Guid.ParseExact(text[..32], "N"));
        }
        catch (Exception exception) when (exception is FormatException or ArgumentException)
        {
            throw Problems.Invalid("cursor", "is not one that this list gave out");
        }
    }
}
