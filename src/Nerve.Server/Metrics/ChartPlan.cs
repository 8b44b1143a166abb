using Nerve.Server.Metrics.RollUps;
using Nerve.Server.Retention;

namespace Nerve.Server.Metrics;

/// <summary>A stretch of a chart and what it is drawn from.</summary>
/// <param name="Level">Null for the samples themselves.</param>
public sealed record ChartPart(RollUpLevel? Level, DateTimeOffset From, DateTimeOffset To);

/// <summary>Which level a chart is drawn from.</summary>
/// <remarks>The coarsest whose windows fill a step exactly; for steps of more than five minutes that none does, five minutes. Where that has
/// expired already, the next coarser one that has not.</remarks>
public static class ChartPlan
{
    public static IReadOnlyList<ChartPart> Of(DateTimeOffset from, DateTimeOffset to, TimeSpan step, RetentionSettings keep, DateTimeOffset now)
    {
        var wanted = LevelOf(step);
        var hours = wanted == RollUpLevel.OneHour ? to : Hours.From(now - keep.FiveMinutes);
        var fine = wanted is null ? Hours.From(now - keep.Samples) : to;
        return
        [
            .. Part(RollUpLevel.OneHour, from, wanted is null ? Earlier(hours, fine) : hours),
            .. Part(RollUpLevel.FiveMinutes, Later(from, hours), fine),
            .. Part(null, Later(from, fine), to),
        ];

        IEnumerable<ChartPart> Part(RollUpLevel? level, DateTimeOffset begin, DateTimeOffset end) =>
            Earlier(end, to) is var last && begin < last ? [new ChartPart(level, begin, last)] : [];
    }

    public static RollUpLevel? LevelOf(TimeSpan step) =>
        step.Ticks % RollUpLevel.OneHour.Window().Ticks == 0 ? RollUpLevel.OneHour
        : step >= RollUpLevel.FiveMinutes.Window() ? RollUpLevel.FiveMinutes
        : null;

    private static DateTimeOffset Earlier(DateTimeOffset one, DateTimeOffset other) => one < other ? one : other;

    private static DateTimeOffset Later(DateTimeOffset one, DateTimeOffset other) => one > other ? one : other;
}
