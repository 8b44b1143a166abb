using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Nerve.Protocol;
using Nerve.Server.Tests.Support;

namespace Nerve.Server.Tests.Identity;

public sealed class LinkCredentialTests
{
    [Fact]
    public async Task Link_OnceItIsOpen_KeepsNoCredential()
    {
        var witness = new Witness();
        await using var center = await TestCenter.StartAsync(adjust: services => services.AddSingleton<IStartupFilter>(witness));

        await using var agent = await center.JoinAsync();

        await Eventually.HoldsAsync(() =>
        {
            GC.Collect();
            return witness.Credential is { IsAlive: false };
        });
        Assert.True(center.Get<Gateway.AgentSessions>().IsOpen(agent.Id));
    }

    /// <summary>Sees the request that a link begins as, and holds on to nothing of it.</summary>
    private sealed class Witness : IStartupFilter
    {
        public WeakReference? Credential { get; private set; }

        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
        {
            app.Use(async (context, rest) =>
            {
                if (context.Request.Path.StartsWithSegments(ProtocolInfo.AgentHubPath))
                {
                    Note(context.Request.Headers.Authorization[0]!);
                }

                await rest(context);
            });
            next(app);
        };

        [MethodImpl(MethodImplOptions.NoInlining)]
        private void Note(string credential) => Credential = new WeakReference(credential);
    }
}
