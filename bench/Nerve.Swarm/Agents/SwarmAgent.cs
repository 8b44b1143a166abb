using System.Net;
using System.Net.Http.Headers;
using System.Net.WebSockets;
using System.Text.Json;
using Nerve.Protocol;
using Nerve.Protocol.Link;
using Nerve.Protocol.Metrics;
using Nerve.Swarm.Links;
using Nerve.Swarm.Measuring;

namespace Nerve.Swarm.Agents;

/// <summary>One agent's life: enrol, connect, say hello, send the inventory when asked, beat, play runs, come back when the link is lost.</summary>
internal sealed class SwarmAgent
{
    private static readonly TimeSpan s_afterRefusal = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_ping = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan s_longestWait = TimeSpan.FromSeconds(60);

    private readonly int _number;
    private readonly SwarmOptions _options;
    private readonly SwarmShared _shared;
    private readonly Random _random;
    private readonly PlausibleMetrics _metrics;
    private readonly RunPlayer _runs;
    private volatile HubLink? _link;
    private MetricSample? _unacknowledged;
    private AgentSettings _settings = new(30, 10);
    private int _failures;

    public SwarmAgent(int number, SwarmOptions options, SwarmShared shared)
    {
        (_number, _options, _shared) = (number, options, shared);
        _random = new Random(HashCode.Combine(options.Seed, number));
        _metrics = new PlausibleMetrics(options.Values, _random);
        _runs = new RunPlayer(options, _random, shared.Meters, shared.Time);
        _runs.Attach(() => _link);
    }

    private Meters Meters => _shared.Meters;

    private TimeProvider Time => _shared.Time;

    private Uri Server => _options.Servers[(_number + _failures) % _options.Servers.Count];

    public async Task LiveAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                await ConnectAsync(_shared.Identities.Find(_number) ?? await EnrolAsync(cancellationToken), cancellationToken);
            }
            catch (Exception failure) when (!cancellationToken.IsCancellationRequested)
            {
                Meters.Note(failure);
                if (failure.Message.Contains(ProblemCodes.AgentUnknown, StringComparison.Ordinal))
                {
                    _shared.Identities.Forget(_number);
                }

                _failures++;
                await PauseAsync(cancellationToken);
            }
        }
    }

    private async Task<SwarmIdentity> EnrolAsync(CancellationToken cancellationToken)
    {
        using var post = new HttpRequestMessage(HttpMethod.Post, new Uri(Server, ProtocolInfo.RegisterPath));
        post.Headers.Authorization = new AuthenticationHeaderValue("Bearer", _options.Token);
        post.Content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(
            new EnrolRequest(MachineTemplates.HostnameOf(_number), null, "swarm", MachineTemplates.LabelsOf(_number)),
            NerveJsonContext.Default.EnrolRequest));
        post.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        using var response = await _shared.Http.SendAsync(post, cancellationToken);
        var body = await response.Content.ReadAsByteArrayAsync(cancellationToken);
        if (response.StatusCode != HttpStatusCode.Created)
        {
            throw new CenterRefusal($"enrolment refused with {(int)response.StatusCode}");
        }

        var reply = JsonSerializer.Deserialize(body, NerveJsonContext.Default.EnrolReply)!;
        var identity = new SwarmIdentity(_number, reply.AgentId, reply.Credential);
        _shared.Identities.Put(identity);
        return identity;
    }

    private async Task ConnectAsync(SwarmIdentity identity, CancellationToken cancellationToken)
    {
        var begun = Time.GetTimestamp();
        using var session = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await using var link = new HubLink(Server, identity.Credential, _shared.Http, (target, argument) => Called(target, argument, cancellationToken))
        {
            IsBusy = _options.Interval == TimeSpan.Zero,
        };
        await link.OpenAsync(session.Token);
        var reading = link.ReadAsync(session.Token);
        try
        {
            var hello = await HelloAsync(link, session.Token);
            _link = link;
            _failures = 0;
            Meters.Connected(Time.GetElapsedTime(begun));
            _shared.Ledger.Linked(_number);
            try
            {
                if (hello.InventoryWanted)
                {
                    await link.CallAsync(
                        nameof(IAgentGateway.ReportInventory), MachineTemplates.InventoryOf(_number, Time.GetUtcNow()),
                        NerveJsonContext.Default.Inventory, NerveJsonContext.Default.ReportReply, session.Token);
                }

                await await Task.WhenAny(reading, BeatAsync(link, session.Token), PingAsync(link, session.Token), LeaveAsync(link, session.Token));
            }
            finally
            {
                _link = null;
                Meters.Disconnected();
                _shared.Ledger.Unlinked(_number);
            }

            throw new WebSocketException("The link ended.");
        }
        finally
        {
            if (cancellationToken.IsCancellationRequested)
            {
                await GoodbyeAsync(link);
            }

            await session.CancelAsync();
            await reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task<HelloReply> HelloAsync(HubLink link, CancellationToken cancellationToken)
    {
        var hello = new Hello(
            ProtocolInfo.Version, "swarm", MachineTemplates.HostnameOf(_number), null, null, MachineTemplates.LabelsOf(_number), null,
            null, _runs.Unacknowledged());
        var reply = await link.CallAsync(
            nameof(IAgentGateway.Hello), hello, NerveJsonContext.Default.Hello, NerveJsonContext.Default.HelloReply, cancellationToken);
        _settings = reply.Settings;
        return reply;
    }

    private async Task BeatAsync(HubLink link, CancellationToken cancellationToken)
    {
        var withSchema = true;
        var spreads = false;
        var first = _options.Interval ?? TimeSpan.FromSeconds(_settings.HeartbeatSeconds);
        await Task.Delay(first * _random.NextDouble(), Time, cancellationToken);
        for (long sequence = 1; ; sequence++)
        {
            // What was not acknowledged is sent again before anything new.
            var sample = _unacknowledged ??= _metrics.Next(_shared.Schema.Id, Time.GetUtcNow());
            var begun = Time.GetTimestamp();
            if (await TryBeatAsync(link, new Heartbeat(sequence, withSchema ? _shared.Schema : null, [sample]), cancellationToken) is not { } reply)
            {
                withSchema = true;
                await Task.Delay(s_afterRefusal, Time, cancellationToken);
                continue;
            }

            withSchema = reply.SchemaWanted;
            if (!withSchema && reply.SamplesTaken is null)
            {
                _unacknowledged = null;
                _shared.Ledger.Promise(_number, (long)sample.Values[0]!);
                Meters.Beat(Time.GetElapsedTime(begun));
            }

            _settings = reply.Settings;
            var pause = _options.Interval ?? TimeSpan.FromSeconds(_settings.HeartbeatSeconds);
            if (pause > TimeSpan.Zero)
            {
                // As the agent does: after what held the whole fleet up, one at once, and the next somewhere in the interval.
                var isLate = Time.GetElapsedTime(begun) >= pause;
                await Task.Delay(isLate ? TimeSpan.Zero : spreads ? pause * _random.NextDouble() : pause, Time, cancellationToken);
                spreads = isLate;
            }
        }
    }

    /// <summary>As the agent does: what the center could not take is sent again over the same link, unless it is this agent that it does not take.</summary>
    /// <returns>Null: the center refused it.</returns>
    private async Task<HeartbeatReply?> TryBeatAsync(HubLink link, Heartbeat heartbeat, CancellationToken cancellationToken)
    {
        try
        {
            return await link.CallAsync(
                nameof(IAgentGateway.Heartbeat), heartbeat, NerveJsonContext.Default.Heartbeat, NerveJsonContext.Default.HeartbeatReply, cancellationToken);
        }
        catch (CenterRefusal refusal) when (!IsOfThisAgent(refusal))
        {
            Meters.Note(refusal);
            return null;
        }
    }

    private static bool IsOfThisAgent(CenterRefusal refusal) =>
        refusal.Message.Contains(ProblemCodes.AgentUnknown, StringComparison.Ordinal) || refusal.Message.Contains(ProblemCodes.AgentCloned, StringComparison.Ordinal);

    private async Task PingAsync(HubLink link, CancellationToken cancellationToken)
    {
        using var pace = new PeriodicTimer(s_ping, Time);
        while (await pace.WaitForNextTickAsync(cancellationToken))
        {
            await link.PingAsync(cancellationToken);
        }
    }

    /// <summary>Once a minute, perhaps, the cable is pulled.</summary>
    private async Task LeaveAsync(HubLink link, CancellationToken cancellationToken)
    {
        using var pace = new PeriodicTimer(TimeSpan.FromMinutes(1), Time);
        while (await pace.WaitForNextTickAsync(cancellationToken))
        {
            if (_random.NextDouble() < _options.LeaveShare)
            {
                link.Cut();
                return;
            }
        }
    }

    private static async Task GoodbyeAsync(HubLink link)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(2));
        try
        {
            await link.TellAsync(nameof(IAgentGateway.Goodbye), new Goodbye("the swarm stops"), NerveJsonContext.Default.Goodbye, patience.Token);
        }
        catch (Exception failure) when (failure is WebSocketException or OperationCanceledException or InvalidOperationException)
        {
            // The link is gone already.
        }
    }

    private void Called(string target, JsonElement argument, CancellationToken cancellationToken)
    {
        switch (target)
        {
            case nameof(IAgentPeer.Run):
                _runs.Take(argument.Deserialize(NerveJsonContext.Default.RunAssignment)!, cancellationToken);
                break;
            case nameof(IAgentPeer.Cancel):
                _runs.Cancel(argument.Deserialize(NerveJsonContext.Default.RunCancel)!.RunId);
                break;
            case nameof(IAgentPeer.Configure):
                _settings = argument.Deserialize(NerveJsonContext.Default.AgentSettings)!;
                break;
        }
    }

    /// <summary>Full jitter from 1 to 60 s, as the agent does it.</summary>
    private Task PauseAsync(CancellationToken cancellationToken)
    {
        var limit = Math.Min(s_longestWait.TotalSeconds, Math.Pow(2, Math.Min(_failures - 1, 16)));
        return Task.Delay(TimeSpan.FromSeconds(Math.Max(0.25, _random.NextDouble() * limit)), Time, cancellationToken)
            .ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }
}
