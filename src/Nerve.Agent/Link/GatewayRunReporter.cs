using Nerve.Agent.Tasks;
using Nerve.Protocol.Link;
using Nerve.Protocol.Runs;

namespace Nerve.Agent.Link;

/// <summary>Reports of runs over whatever connection there is at the moment; without one they fail and are repeated later.</summary>
internal sealed class GatewayRunReporter : IRunReporter
{
    private volatile IAgentGateway? _gateway;

    public void Attach(IAgentGateway gateway) => _gateway = gateway;

    public void Detach() => _gateway = null;

    public Task<ReportReply> StartedAsync(RunStarted started, CancellationToken cancellationToken) =>
        Gateway().ReportRunStarted(started).WaitAsync(cancellationToken);

    public Task<OutputReply> OutputAsync(RunOutput output, CancellationToken cancellationToken) =>
        Gateway().ReportRunOutput(output).WaitAsync(cancellationToken);

    public Task<ReportReply> FinishedAsync(RunFinished finished, CancellationToken cancellationToken) =>
        Gateway().ReportRunFinished(finished).WaitAsync(cancellationToken);

    private IAgentGateway Gateway() => _gateway ?? throw new IOException("There is no connection to the center.");
}
