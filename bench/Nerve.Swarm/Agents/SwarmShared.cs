using Nerve.Protocol.Metrics;
using Nerve.Swarm.Measuring;

namespace Nerve.Swarm.Agents;

/// <summary>What all agents of the swarm use together.</summary>
internal sealed record SwarmShared(HttpClient Http, IdentityBook Identities, MetricSchema Schema, Meters Meters, Ledger Ledger, TimeProvider Time);
