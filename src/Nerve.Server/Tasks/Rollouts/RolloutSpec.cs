using System.Globalization;
using System.Text.Json.Serialization;
using Nerve.Protocol;

namespace Nerve.Server.Tasks.Rollouts;

/// <summary>How a task goes over its hosts, as it was asked for; without one it goes to all at once.</summary>
/// <param name="Batches">Sizes of the batches, for example <c>1, 10%, +20, *2</c>; the last repeats. One batch when left out.</param>
/// <param name="MaxParallel">At most so many hosts at a time have the run unfinished; those that cannot be reached do not count.</param>
/// <param name="MaxFailures">So many hosts (<c>3</c>), or this share of all (<c>5%</c>, rounded down), may fail; one more is too many. 0 when left out.
/// A host has failed when its run failed, timed out, was refused or lost, or when it went offline with the run or in the soak time after it.</param>
/// <param name="OnFailures">What happens when too many have failed.</param>
/// <param name="PauseSeconds">Between a batch and the next.</param>
/// <param name="Confirm">A person must let the next batch begin.</param>
/// <param name="SoakSeconds">After a batch its hosts are watched for so long; those that go offline have failed.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record RolloutSpec(
    string? Batches = null,
    int? MaxParallel = null,
    string? MaxFailures = null,
    OnFailures OnFailures = OnFailures.Stop,
    int PauseSeconds = 0,
    bool Confirm = false,
    int SoakSeconds = 0)
{
    private const int LongestPause = 7 * 86400;

    /// <summary>What cannot be done, by field.</summary>
    public IEnumerable<(string Field, string Problem)> Problems()
    {
        if (Batches is not null && BatchExpression.Problem(Batches) is { } problem)
        {
            yield return ("batches", problem);
        }

        if (MaxParallel is < 1 or > 100_000)
        {
            yield return ("maxParallel", "must be between 1 and 100000");
        }

        if (MaxFailures is not null && Limit(MaxFailures, 100) is null)
        {
            yield return ("maxFailures", "must be a number of hosts (3) or a share of them (5%)");
        }

        if (PauseSeconds is < 0 or > LongestPause)
        {
            yield return ("pauseSeconds", $"must be between 0 and {LongestPause}");
        }

        if (SoakSeconds is < 0 or > LongestPause)
        {
            yield return ("soakSeconds", $"must be between 0 and {LongestPause}");
        }
    }

    /// <summary>How many of so many hosts may fail.</summary>
    public int FailuresAllowed(int hosts) => Limit(MaxFailures ?? "0", hosts) ?? 0;

    /// <summary>How many hosts have been taken at the end of each batch.</summary>
    public IReadOnlyList<int> Ends(int hosts) => Batches is null ? [hosts] : BatchExpression.Ends(Batches, hosts);

    private static int? Limit(string text, int hosts)
    {
        var digits = text.Trim().TrimEnd('%');
        var isShare = text.TrimEnd().EndsWith('%');
        return int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && (!isShare || number <= 100)
            ? isShare ? (int)(hosts * (long)number / 100) : number
            : null;
    }
}

/// <summary>What a rollout does when more hosts have failed than may. The names are in databases: frozen.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<OnFailures>))]
public enum OnFailures
{
    /// <summary>It ends: hosts that have not begun never do.</summary>
    Stop = 0,

    /// <summary>It waits for a person.</summary>
    Pause = 1,

    /// <summary>It goes on.</summary>
    Continue = 2,
}
