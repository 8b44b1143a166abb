using System.Text.Json;

namespace Nerve.Server.Shared;

/// <summary>An enum in a query string under the name it has in JSON (<c>?state=timedOut</c>). Bound as the bare enum it would have to be
/// written as in C#.</summary>
public readonly record struct QueryEnum<T>(T Value)
    where T : struct, Enum
{
    private static readonly Dictionary<string, T> s_values =
        Enum.GetValues<T>().ToDictionary(value => JsonNamingPolicy.CamelCase.ConvertName(value.ToString()), StringComparer.OrdinalIgnoreCase);

    /// <summary>Found by the framework, by its shape.</summary>
    /// <returns>False if nothing was given.</returns>
    /// <exception cref="ProblemException">There is no such name.</exception>
    public static bool TryParse(string? text, out QueryEnum<T> result)
    {
        result = default;
        if (text is null)
        {
            return false;
        }
        result = s_values.TryGetValue(text, out var value)
            ? new QueryEnum<T>(value)
            : throw new ProblemException(
                StatusCodes.Status400BadRequest, Problems.InvalidCode, $"'{text}' is none of: {string.Join(", ", s_values.Keys)}");
        return true;
    }
}
