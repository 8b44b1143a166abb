using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text.Json;
using Nerve.Swarm.Agents;

namespace Nerve.Swarm.Measuring;

/// <summary>Compares what the center promised with what it shows to a program that may read.</summary>
internal sealed class Auditor(SwarmOptions options, SwarmShared shared)
{
    private const int Looks = 5;

    /// <summary>Silence of three heartbeats at 30 s makes an agent offline: whoever was linked later than this must not be.</summary>
    private static readonly TimeSpan s_surelyNotOffline = TimeSpan.FromSeconds(75);

    /// <summary>An agent is offline from its enrolment to its first link, of which other nodes hear a moment later, and more than a moment where
    /// a whole fleet enrols at once on a busy machine.</summary>
    private static readonly TimeSpan s_newcomer = TimeSpan.FromSeconds(15);

    private static readonly TimeSpan s_look = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    /// <summary>No center answered for so long that nobody else's samples are asked for either.</summary>
    private volatile bool _isGivenUp;

    private readonly HashSet<string> _falselyOffline = new(StringComparer.Ordinal);

    /// <summary>Agents that were called offline although they were linked.</summary>
    public IReadOnlyCollection<string> FalselyOffline => _falselyOffline;

    /// <summary>Looks at every center each second for agents that are called offline.</summary>
    public async Task WatchAsync(CancellationToken cancellationToken)
    {
        var numbers = Enumerable.Range(0, options.Agents).ToDictionary(MachineTemplates.HostnameOf);
        while (!cancellationToken.IsCancellationRequested)
        {
            foreach (var server in options.Servers)
            {
                var known = numbers.Where(agent => shared.Ledger.IsKnownSince(agent.Value, s_newcomer)).ToDictionary();
                var offline = await OfflineAsync(server, cancellationToken);
                if (cancellationToken.IsCancellationRequested)
                {
                    return; // the agents say goodbye, and are offline rightly
                }

                foreach (var hostname in offline)
                {
                    if (known.TryGetValue(hostname, out var number) && shared.Ledger.WasLinkedWithin(number, s_surelyNotOffline)
                        && _falselyOffline.Add(hostname))
                    {
                        Console.Error.WriteLine($"{hostname} is called offline by {server} though {shared.Ledger.StoryOf(number)}");
                    }
                }
            }

            await Task.Delay(s_look, shared.Time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Reads what is held of every agent's samples since the swarm began.</summary>
    public async Task<Audit> CompareAsync(DateTimeOffset since)
    {
        var (promised, held, lost, doubled, notCompared) = (0L, 0L, 0L, 0L, 0L);
        var gate = new Lock();
        await Parallel.ForEachAsync(Enumerable.Range(0, options.Agents), new ParallelOptions { MaxDegreeOfParallelism = 4 }, async (number, _) =>
        {
            if (shared.Identities.Find(number) is not { } identity)
            {
                return;
            }

            var promise = shared.Ledger.PromisedTo(number);
            if (await SettledAsync(identity.AgentId, promise, since) is not var (count, last))
            {
                Interlocked.Increment(ref notCompared);
                return;
            }

            lock (gate)
            {
                promised += promise;
                held += count;
                // The last sample may be stored without its agent having heard so.
                lost += Math.Max(0, Math.Max(promise, last) - count);
                doubled += Math.Max(0, count - Math.Max(promise, last));
            }
        });
        return new Audit(promised, held, lost, doubled, notCompared, [.. _falselyOffline.Order(StringComparer.Ordinal)]);
    }

    /// <summary>As <see cref="HeldAsync"/>. What was on its way when the swarm stopped may be stored between one look and the other: what does not agree
    /// is looked at again.</summary>
    private async Task<(long Count, long Last)?> SettledAsync(Guid agent, long promise, DateTimeOffset since)
    {
        for (var look = 1; ; look++)
        {
            var held = _isGivenUp ? null : await HeldAsync(agent, since);
            if (held is not var (count, last) || count == Math.Max(promise, last) || look == Looks)
            {
                return held;
            }

            await Task.Delay(s_look, shared.Time);
        }
    }

    private async Task<IReadOnlyList<string>> OfflineAsync(Uri server, CancellationToken cancellationToken)
    {
        try
        {
            var page = await GetAsync(server, "/api/v1/agents?status=offline&limit=1000", cancellationToken);
            return [.. page.GetProperty("items").EnumerateArray().Select(agent => agent.GetProperty("hostname").GetString()!)];
        }
        catch (Exception away) when (away is HttpRequestException or SocketException or OperationCanceledException)
        {
            return [];
        }
    }

    /// <summary>Null when no center answered for <see cref="s_patience"/>.</summary>
    private async Task<(long Count, long Last)?> HeldAsync(Guid agent, DateTimeOffset since)
    {
        var path = string.Create(CultureInfo.InvariantCulture,
            $"/api/v1/agents/{agent}/metrics?name={PlausibleMetrics.SequenceSeries}&step=60s&from={since:yyyy-MM-ddTHH:mm:ss.fffZ}&to={shared.Time.GetUtcNow().AddMinutes(1):yyyy-MM-ddTHH:mm:ss.fffZ}");
        try
        {
            var counts = await PointsAsync(path + "&value=count");
            var largest = await PointsAsync(path + "&value=max");
            return ((long)counts.Sum(), (long)largest.DefaultIfEmpty(0).Max());
        }
        catch (Exception away) when (away is HttpRequestException or SocketException or OperationCanceledException)
        {
            _isGivenUp = true;
            Console.Error.WriteLine($"What is held of agent {agent} could not be read: {away.Message}");
            return null;
        }
    }

    private async Task<List<double>> PointsAsync(string path)
    {
        var begun = shared.Time.GetTimestamp();
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                var range = await GetAsync(options.Servers[attempt % options.Servers.Count], path, CancellationToken.None);
                return [.. range.GetProperty("series").EnumerateArray().SelectMany(series => series.GetProperty("points").EnumerateArray())
                    .Select(point => point[1]).Where(value => value.ValueKind == JsonValueKind.Number).Select(value => value.GetDouble())];
            }
            catch (Exception away) when (away is HttpRequestException or SocketException or OperationCanceledException && shared.Time.GetElapsedTime(begun) < s_patience)
            {
                if (attempt % options.Servers.Count == options.Servers.Count - 1)
                {
                    await Task.Delay(s_look, shared.Time);
                }
            }
        }
    }

    private async Task<JsonElement> GetAsync(Uri server, string path, CancellationToken cancellationToken)
    {
        using var get = new HttpRequestMessage(HttpMethod.Get, new Uri(server, path));
        get.Headers.Authorization = new AuthenticationHeaderValue("Bearer", options.ApiToken);
        using var response = await shared.Http.SendAsync(get, cancellationToken);
        response.EnsureSuccessStatusCode();
        using var document = JsonDocument.Parse(await response.Content.ReadAsByteArrayAsync(cancellationToken));
        return document.RootElement.Clone();
    }
}

/// <param name="Promised">Samples that were acknowledged.</param>
/// <param name="Held">Samples that the center shows.</param>
/// <param name="Lost">Those that it should show and does not.</param>
/// <param name="Doubled">Those that it shows more than once.</param>
/// <param name="NotCompared">Agents of which no center would say what it holds.</param>
/// <param name="FalselyOffline">Hosts that were called offline although they were linked.</param>
internal sealed record Audit(long Promised, long Held, long Lost, long Doubled, long NotCompared, IReadOnlyList<string> FalselyOffline)
{
    public bool IsClean => Lost == 0 && Doubled == 0 && NotCompared == 0 && FalselyOffline.Count == 0;
}
