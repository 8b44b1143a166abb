namespace Nerve.Storage.MongoDb;

/// <summary>The days that a time-series collection understands. Clocks of agents are what they are: some samples come from other days.</summary>
internal static class SampleDays
{
    public static readonly DateTimeOffset First = DateTimeOffset.UnixEpoch;

    /// <summary>Where 32 bits of seconds end.</summary>
    public static readonly DateTimeOffset End = DateTimeOffset.FromUnixTimeSeconds(int.MaxValue);

    public static bool IsNear(DateTimeOffset at) => at >= First && at < End;
}
