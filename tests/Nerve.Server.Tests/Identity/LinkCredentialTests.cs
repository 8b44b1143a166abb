using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.DependencyInjection;
using Nerve.Server.Tests.Support;

namespace Nerve.Server.Tests.Identity;

public sealed class LinkCredentialTests
{
    [Fact]
    public async Task Link_OnceItIsOpen_KeepsNothingOfItsRequest()
    {
        var witness = new Witness();
        await using var center = await TestCenter.StartAsync(adjust: services => services.Configure<HubOptions>(hub => hub.AddFilter(witness)));

        await using var agent = await center.JoinAsync();

        Assert.Equal(nameof(agent.Hello), witness.Method);
        Assert.Empty(witness.Headers!);
    }

    /// <summary>Sees the request that a link began as, when something is called over it.</summary>
    private sealed class Witness : IHubFilter
    {
        public string? Method { get; private set; }

        public IHeaderDictionary? Headers { get; private set; }

        public async ValueTask<object?> InvokeMethodAsync(HubInvocationContext call, Func<HubInvocationContext, ValueTask<object?>> next)
        {
            (Method, Headers) = (call.HubMethodName, call.Context.GetHttpContext()!.Request.Headers);
            return await next(call);
        }
    }
}
