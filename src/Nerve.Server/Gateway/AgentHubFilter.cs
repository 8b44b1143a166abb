using Microsoft.AspNetCore.SignalR;
using Nerve.Server.Audit;
using Nerve.Server.Edge;
using Nerve.Server.Identity;
using Nerve.Server.Operations;
using Nerve.Server.Shared;

namespace Nerve.Server.Gateway;

/// <summary>An expected failure reaches the other side as <c>code: detail</c>; any other is logged here and reaches it as a plain "failed".</summary>
internal sealed partial class AgentHubFilter(StoreHealth store, RefusedLinks refused, ILogger<AgentHubFilter> logger) : IHubFilter
{
    public async ValueTask<object?> InvokeMethodAsync(HubInvocationContext invocationContext, Func<HubInvocationContext, ValueTask<object?>> next)
    {
        try
        {
            return await next(invocationContext);
        }
        catch (ProblemException problem)
        {
            if (invocationContext.HubMethodName == nameof(AgentHub.Hello))
            {
                var caller = invocationContext.Context;
                await refused.RecordAsync(caller.User!.AgentId(), CallerAddress.Of(caller.GetHttpContext()), problem.Code, problem.Message);
            }

            throw new HubException($"{problem.Code}: {problem.Message}");
        }
        catch (Exception exception) when (exception is not HubException and not OperationCanceledException)
        {
            LogFailure(logger, invocationContext.HubMethodName, exception);
            if (store.Failed(exception) is { } fault)
            {
                throw new HubException($"{StoreFaultWords.Code(fault)}: {StoreFaultWords.Refusal(fault)}");
            }

            throw new HubException("internal: Something failed inside the center; its log says what.");
        }
    }

    [LoggerMessage(1, LogLevel.Error, "Hub method {Method} failed")]
    private static partial void LogFailure(ILogger logger, string method, Exception exception);
}
