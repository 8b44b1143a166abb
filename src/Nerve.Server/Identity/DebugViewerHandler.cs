using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;

namespace Nerve.Server.Identity;

/// <summary>With <c>--debug</c> only: a plain GET from this very machine may look, not touch.</summary>
internal sealed class DebugViewerHandler(IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory loggers, UrlEncoder encoder)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, loggers, encoder)
{
    protected override Task<AuthenticateResult> HandleAuthenticateAsync() =>
        Task.FromResult(AuthenticateResult.Success(
            new AuthenticationTicket(Schemes.Principal(Schemes.Debug, "debug", nameof(Role.Viewer)), Scheme.Name)));
}
