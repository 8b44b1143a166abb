using Nerve.Agent.Tasks;
using Nerve.Protocol.Link;
using Nerve.Protocol.Runs;

namespace Nerve.Agent.Link;

/// <summary>Reports of runs over whatever connection there is at the moment; without one they fail and are repeated later.</summary>
/// <remarks>One at a time, in the order in which they came. The center takes one call of a link after the other, and each may wait for its database: as
/// many as there are runs would let the heartbeat wait for minutes.</remarks>
internal sealed class GatewayRunReporter : IRunReporter
{
    private readonly RunSlots _turns = new(() => 1);
    private volatile IAgentGateway? _gateway;

    public void Attach(IAgentGateway gateway) => _gateway = gateway;

    public void Detach() => _gateway = null;

    public Task<ReportReply> StartedAsync(RunStarted started, CancellationToken cancellationToken) =>
        InTurnAsync(center => center.ReportRunStarted(started), cancellationToken);

    public Task<OutputReply> OutputAsync(RunOutput output, CancellationToken cancellationToken) =>
        InTurnAsync(center => center.ReportRunOutput(output), cancellationToken);

    public Task<ReportReply> FinishedAsync(RunFinished finished, CancellationToken cancellationToken) =>
        InTurnAsync(center => center.ReportRunFinished(finished), cancellationToken);

    private async Task<T> InTurnAsync<T>(Func<IAgentGateway, Task<T>> report, CancellationToken cancellationToken)
    {
        await _turns.EnterAsync(cancellationToken);
        try
        {
            return await report(Gateway()).WaitAsync(cancellationToken);
        }
        finally
        {
            _turns.Release();
        }
    }

    private IAgentGateway Gateway() => _gateway ?? throw new IOException("There is no connection to the center.");
}
