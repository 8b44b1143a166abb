using System.Globalization;
using Nerve.Server;
using Nerve.Server.Nodes;
using Nerve.Server.Shared;
using StackExchange.Redis;

namespace Nerve.Redis;

/// <summary>Every node writes itself down every three seconds; what is not written again for ten seconds is gone, by the clock of Redis.</summary>
internal sealed partial class RedisRegistry(
    RedisConnection redis, RedisBus bus, NodeIdentity self, NerveServerOptions options, TimeProvider time, ILogger<RedisRegistry> logger)
    : PeriodicService(RedisRegistry.s_period, "Which other nodes there are could not be read", time, logger), INodeRegistry
{
    private static readonly TimeSpan s_period = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan s_life = TimeSpan.FromSeconds(10);

    /// <summary>Times of tasks and samples are compared across nodes: seconds do not matter, more would show.</summary>
    private static readonly TimeSpan s_clocksApart = TimeSpan.FromSeconds(10);

    private static readonly string s_set = RedisConnection.Key("nodes");

    private readonly DateTimeOffset _startedAt = time.UtcMilliseconds();
    private readonly HashSet<string> _left = new(StringComparer.Ordinal);
    private IReadOnlyList<NodeInfo> _others = [];
    private long _unsureSince;
    private string? _fault;
    private IReadOnlyList<string> _differences = [];

    public IReadOnlyList<NodeInfo> Nodes => [.. _others.Append(Self()).OrderBy(node => node.StartedAt).ThenBy(node => node.Id, StringComparer.Ordinal)];

    public IReadOnlyList<string> Problems => _fault is { } fault
        ? [$"{fault}: this node works alone, and what happens at other nodes is not shown here until it is back.", .. _differences]
        : _differences;

    public bool IsCutOff => _fault is not null;

    public event Action<string, bool>? Gone;

    /// <summary>After Redis was away the others may not have written themselves down again.</summary>
    private bool IsSure => Time.GetElapsedTime(_unsureSince) > s_life;

    public async Task JoinAsync(CancellationToken cancellationToken)
    {
        redis.ConnectedChanged += _ => _unsureSince = Time.GetTimestamp();
        await redis.OpenAsync();
        bus.Received += (node, news) => OnNews(node, news);
        bus.Subscribe();
        await RefreshAsync(cancellationToken);
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        bus.Publish(new NodeLeaves());
        try
        {
            await redis.DoAsync(database => database.SetRemoveAsync(s_set, self.Id), cancellationToken);
            await redis.DoAsync(database => database.KeyDeleteAsync(KeyOf(self.Id)), cancellationToken);
        }
        catch (NodesUnavailableException)
        {
            // It expires.
        }
    }

    protected override Task WorkAsync(CancellationToken stoppingToken) => RefreshAsync(stoppingToken);

    private async Task RefreshAsync(CancellationToken cancellationToken)
    {
        try
        {
            await redis.DoAsync(database => database.StringSetAsync(KeyOf(self.Id), RedisJson.Write(Self()), s_life), cancellationToken);
            await redis.DoAsync(database => database.SetAddAsync(s_set, self.Id), cancellationToken);
            await ReadAsync(cancellationToken);
            _fault = null;
        }
        catch (NodesUnavailableException unavailable)
        {
            _fault = unavailable.Message;
            _unsureSince = Time.GetTimestamp();
        }
    }

    private async Task ReadAsync(CancellationToken cancellationToken)
    {
        var ids = (await redis.DoAsync(database => database.SetMembersAsync(s_set), cancellationToken)).Select(id => id.ToString()).Where(id => id != self.Id).ToList();
        var values = await redis.DoAsync(database => database.StringGetAsync([.. ids.Select(id => (RedisKey)KeyOf(id))]), cancellationToken);
        var now = Time.UtcMilliseconds();
        var alive = values.Select(RedisJson.Read<NodeInfo>).OfType<NodeInfo>().ToList();
        foreach (var (id, _) in ids.Zip(values).Where(entry => entry.Second.IsNull))
        {
            await redis.DoAsync(database => database.SetRemoveAsync(s_set, id), cancellationToken);
        }

        alive.ForEach(Greet);
        var missing = _others.Where(known => alive.TrueForAll(node => node.Id != known.Id)).ToList();
        _others = IsSure ? alive : [.. alive, .. missing];
        Compare(now);
        if (IsSure)
        {
            missing.ForEach(node => Leave(node.Id, saidSo: false));
        }
    }

    /// <summary>A node is new here, or back: it was frozen, perhaps, and is no more.</summary>
    private void Greet(NodeInfo node)
    {
        lock (_left)
        {
            _left.Remove(node.Id);
        }

        if (_others.All(known => known.Id != node.Id))
        {
            LogFound(logger, node.Id, node.Version);
        }
    }

    private void Compare(DateTimeOffset now)
    {
        List<string> differences = [];
        foreach (var other in _others)
        {
            // What it wrote down is up to one period old.
            var apart = now - other.Now;
            if (apart < -s_clocksApart || apart > s_clocksApart + s_period)
            {
                differences.Add($"The clocks of {self.Id} and {other.Id} are {Math.Abs(apart.TotalSeconds).ToString("F0", CultureInfo.InvariantCulture)} s apart: keep both by NTP.");
            }

            if (other.Schema != options.Schema)
            {
                differences.Add($"{other.Id} (version {other.Version}) expects another schema of the database than {self.Id} (version {options.Version}): update all nodes to one version.");
            }
        }

        foreach (var difference in differences.Except(_differences))
        {
            LogDifference(logger, difference);
        }

        _differences = differences;
    }

    private void OnNews(string node, NodeNews news)
    {
        if (news is NodeLeaves)
        {
            Leave(node, saidSo: true);
        }
    }

    private void Leave(string node, bool saidSo)
    {
        lock (_left)
        {
            if (!_left.Add(node))
            {
                return;
            }
        }

        Gone?.Invoke(node, saidSo);
    }

    private NodeInfo Self() => new(self.Id, options.Version, _startedAt, Time.UtcMilliseconds(), options.Schema);

    private static string KeyOf(string node) => RedisConnection.Key($"node:{node}");

    [LoggerMessage(1, LogLevel.Information, "Node {Node} (version {Version}) is here too")]
    private static partial void LogFound(ILogger logger, string node, string version);

    [LoggerMessage(2, LogLevel.Warning, "{Difference}")]
    private static partial void LogDifference(ILogger logger, string difference);
}
