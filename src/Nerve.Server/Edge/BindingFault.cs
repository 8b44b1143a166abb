using System.Text.RegularExpressions;

namespace Nerve.Server.Edge;

/// <summary>Says in the caller's words what the framework says in this program's: its texts name types and parameters.</summary>
internal static partial class BindingFault
{
    private const int LongestEcho = 64;

    public static string Explain(BadHttpRequestException fault)
    {
        if (fault.StatusCode == StatusCodes.Status415UnsupportedMediaType)
        {
            return "Send the body as application/json.";
        }

        if (Unbound().Match(fault.Message) is { Success: true } unbound)
        {
            return $"The parameter '{unbound.Groups["name"].Value}' cannot be '{Shorten(unbound.Groups["value"].Value)}'.";
        }

        if (Missing().Match(fault.Message) is { Success: true } missing)
        {
            return missing.Groups["where"].Value == "body"
                ? "The request needs a JSON body."
                : $"The parameter '{missing.Groups["name"].Value}' is required.";
        }

        return fault.Message.StartsWith("Implicit body", StringComparison.Ordinal)
            ? "The request needs a JSON body."
            : "The request is malformed or was cut off.";
    }

    private static string Shorten(string value) => value.Length > LongestEcho ? value[..LongestEcho] + "…" : value;

    [GeneratedRegex("""^Failed to bind parameter "(?:.* )?(?<name>[^" ]+)" from "(?<value>.*)"\.$""", RegexOptions.Singleline)]
    private static partial Regex Unbound();

    [GeneratedRegex("""^Required parameter "(?:.* )?(?<name>[^" ]+)" was not provided from (?<where>\w+)""")]
    private static partial Regex Missing();
}
