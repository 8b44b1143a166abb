namespace Nerve.Agent.Probes;

/// <summary>What a probe process does: answers one request after another. It may block for as long as what it asks does.</summary>
internal interface IProbe
{
    ProbeReply Answer(ProbeRequest request);
}
