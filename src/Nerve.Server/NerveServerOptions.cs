using System.Net;
using Nerve.Server.Retention;

namespace Nerve.Server;

/// <summary>What the executable decides for the server.</summary>
public sealed record NerveServerOptions
{
    /// <summary>Where keys and packages live, 0700.</summary>
    public required string DataDirectory { get; init; }

    /// <summary>Verbose logs, the enrolment token <c>test</c>, unauthenticated reads from loopback. Never in production.</summary>
    public bool Debug { get; init; }

    /// <summary>For people: the kind of store in use.</summary>
    public required string StorageName { get; init; }

    /// <summary>The newest change of the database's schema that this program knows.</summary>
    public string Schema { get; init; } = "";

    /// <summary>The program's version.</summary>
    public required string Version { get; init; }

    /// <summary>Seconds from one heartbeat of an agent to the next.</summary>
    public int HeartbeatSeconds { get; init; } = 30;

    /// <summary>Seconds from one sample of an agent to the next.</summary>
    public int SampleSeconds { get; init; } = 10;

    /// <summary>Peers whose <c>X-Forwarded-For</c> and <c>X-Forwarded-Proto</c> are believed; nobody's when empty.</summary>
    public IReadOnlyList<IPNetwork> TrustedProxies { get; init; } = [];

    /// <summary>How long things are kept.</summary>
    public RetentionSettings Retention { get; init; } = new();
}
