using System.Net;
using System.Security.Authentication;
using Microsoft.AspNetCore.SignalR;
using Nerve.Protocol;

namespace Nerve.Agent.Link;

/// <summary>What an exception from talking to the center means.</summary>
internal static class CenterFault
{
    /// <summary>The center does not know this agent's credential (any more).</summary>
    public static bool IsUnknownAgent(Exception fault) => Causes(fault).Any(cause =>
        cause is CenterRefusedException { Status: HttpStatusCode.Unauthorized } || HasCode(cause, ProblemCodes.AgentUnknown));

    /// <summary>The center says that this state belongs to another machine.</summary>
    public static bool IsClonedAgent(Exception fault) => Causes(fault).Any(cause => HasCode(cause, ProblemCodes.AgentCloned));

    /// <summary>How long the center asked to be left alone.</summary>
    public static TimeSpan? RetryAfter(Exception fault) =>
        Causes(fault).OfType<CenterRefusedException>().Select(refusal => refusal.RetryAfter).FirstOrDefault(asked => asked is not null);

    /// <summary>One line for people: the cause at the bottom, which is the one that can be acted on.</summary>
    public static string Reason(Exception fault)
    {
        var causes = Causes(fault).ToList();
        var cause = causes.OfType<CenterRefusedException>().FirstOrDefault() ?? causes[^1];
        var reason = string.Join(' ', cause.Message.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries));
        return causes.OfType<AuthenticationException>().Any()
            ? $"{reason} If the center has its own CA, add it to the system's store or name it in SSL_CERT_FILE."
            : reason;
    }

    private static bool HasCode(Exception cause, string code) =>
        cause is CenterRefusedException refusal ? refusal.Code == code
        : cause is HubException && cause.Message.Contains(code, StringComparison.Ordinal);

    private static IEnumerable<Exception> Causes(Exception fault) =>
        fault is AggregateException { InnerExceptions: var several } ? several.SelectMany(Causes)
        : fault.InnerException is { } inner ? Causes(inner).Prepend(fault)
        : [fault];
}
