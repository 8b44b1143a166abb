using System.Text.Json.Serialization;

namespace Nerve.Server.Tasks;

/// <summary>Which failures of a host are tried again, and how often.</summary>
/// <param name="Count">At most so many attempts after the first: 1 to 10.</param>
/// <param name="ExitCodes">The exit codes that mean "try again", 1 to 255.</param>
/// <param name="DelaySeconds">From the end of an attempt to the beginning of the next, at least: 0 to 86400.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record RetrySpec(int Count, IReadOnlyList<int> ExitCodes, int DelaySeconds = 0)
{
    public const int MostAttempts = 10;
    private const int MostCodes = 100;
    private const int LongestDelay = 86400;

    /// <summary>What cannot be done, by field.</summary>
    public IEnumerable<(string Field, string Problem)> Problems()
    {
        if (Count is < 1 or > MostAttempts)
        {
            yield return ("count", $"must be between 1 and {MostAttempts}");
        }

        if (ExitCodes.Count is 0 or > MostCodes || ExitCodes.Any(code => code is < 1 or > 255))
        {
            yield return ("exitCodes", $"must be 1 to {MostCodes} numbers between 1 and 255");
        }

        if (DelaySeconds is < 0 or > LongestDelay)
        {
            yield return ("delaySeconds", $"must be between 0 and {LongestDelay}");
        }
    }

    public bool Covers(int attempt, int? exitCode) => attempt <= Count && exitCode is { } code && ExitCodes.Contains(code);
}
