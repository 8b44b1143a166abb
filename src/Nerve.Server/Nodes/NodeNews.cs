using System.Text.Json;
using System.Text.Json.Serialization;

namespace Nerve.Server.Nodes;

/// <summary>What one node tells the others. Whoever misses something finds it in the store or in <see cref="IFleetState"/>.</summary>
[JsonDerivedType(typeof(AgentStates), "states")]
[JsonDerivedType(typeof(AgentsEdited), "edited")]
[JsonDerivedType(typeof(AgentRemoved), "removed")]
[JsonDerivedType(typeof(WorkWaits), "work")]
[JsonDerivedType(typeof(OutputWritten), "output")]
[JsonDerivedType(typeof(LiveNews), "live")]
[JsonDerivedType(typeof(SettingsChanged), "settings")]
[JsonDerivedType(typeof(WasAway), "away")]
[JsonDerivedType(typeof(NodeLeaves), "leaves")]
public abstract record NodeNews;

/// <summary>Agents were heard, came, or went.</summary>
public sealed record AgentStates(IReadOnlyList<AgentState> States) : NodeNews;

/// <summary>Agents were enrolled or changed in the store, where they are to be read again.</summary>
public sealed record AgentsEdited(IReadOnlyList<Guid> AgentIds) : NodeNews;

/// <summary>An agent was removed: whoever holds its link cuts it.</summary>
public sealed record AgentRemoved(Guid AgentId) : NodeNews;

/// <summary>There are runs to start or to stop: whoever holds the links sends them.</summary>
public sealed record WorkWaits(IReadOnlyList<Guid> AgentIds) : NodeNews;

/// <summary>Runs wrote something, or are over.</summary>
public sealed record OutputWritten(IReadOnlyList<Guid> RunIds) : NodeNews;

/// <summary>A message for the browsers that watch a topic, as <see cref="Live.LiveEvent"/>.</summary>
public sealed record LiveNews(string Topic, string Type, JsonElement Data, Guid? Thing = null) : NodeNews;

/// <summary>The agents' settings were changed in the store, where they are to be read again.</summary>
public sealed record SettingsChanged : NodeNews;

/// <summary>The sender could not tell anything for a while: what it changed in the store meanwhile is to be read.</summary>
public sealed record WasAway : NodeNews;

/// <summary>The sender stops in good order.</summary>
public sealed record NodeLeaves : NodeNews;
