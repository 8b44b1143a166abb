using System.Threading.Channels;
using Nerve.Server.Agents;

namespace Nerve.Server.Nodes;

/// <summary>Agents that another node changed in the store, until they are read again here.</summary>
/// <remarks>Beside the other news and not among them: while the store is slow, who is online must be known all the same.</remarks>
internal sealed class AgentsToRead(IAgentStore store, AgentDirectory directory, TimeProvider time)
{
    private const int MostAtOnce = 1000;

    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(1);

    private readonly Channel<Guid> _waiting = Channel.CreateUnbounded<Guid>(new UnboundedChannelOptions { SingleReader = true });

    public void Add(Guid id) => _waiting.Writer.TryWrite(id);

    /// <summary>Reads them until it is cancelled, many at once.</summary>
    /// <param name="read">Takes what was read.</param>
    /// <param name="failed">Is told why the store could not be read; it is asked again after a second.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task ReadAsync(Action<AgentsRead> read, Action<Exception> failed, CancellationToken cancellationToken)
    {
        while (await _waiting.Reader.WaitToReadAsync(cancellationToken))
        {
            var ids = new HashSet<Guid>();
            while (ids.Count < MostAtOnce && _waiting.Reader.TryRead(out var id))
            {
                ids.Add(id);
            }

            read(await FindAsync(ids, failed, cancellationToken));
        }
    }

    private async Task<AgentsRead> FindAsync(HashSet<Guid> ids, Action<Exception> failed, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                var edits = directory.Edits;
                return new AgentsRead(ids, await store.FindManyAsync(ids, cancellationToken), edits);
            }
            catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
            {
                failed(exception);
                await Task.Delay(s_pause, time, cancellationToken);
            }
        }
    }
}

/// <param name="Ids">Those that were asked for.</param>
/// <param name="Found">Those of them that there are.</param>
/// <param name="Edits"><see cref="AgentDirectory.Edits"/> before they were read.</param>
internal sealed record AgentsRead(IReadOnlyCollection<Guid> Ids, IReadOnlyList<Agent> Found, long Edits);
