using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Nerve.Server.Identity;
using Nerve.Server.Nodes;
using Nerve.Server.Tests.Support;

namespace Nerve.Server.Tests.Identity;

public sealed class SessionKeyTests
{
    [Fact]
    public async Task Keys_OfACenterThatIsAlone_AreMadeWithTheFirstSession()
    {
        await using var center = await TestCenter.StartAsync();
        await using var agent = await center.JoinAsync();
        Assert.Empty(KeysOf(center));

        using var browser = await center.SignInAsync();

        Assert.Single(KeysOf(center));
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, true)]
    public void ReadSessionKeysLate_OfSeveralNodes_StillReadsAtTheStart(bool several, bool readsAtTheStart)
    {
        var services = new ServiceCollection();
        services.AddSessionKeys("/nowhere");
        if (several)
        {
            services.AddSingleton<INodeBus>(_ => throw new InvalidOperationException());
        }

        services.ReadSessionKeysLate();

        Assert.Equal(readsAtTheStart, services.Any(service => service.ServiceType == typeof(IHostedService)));
    }

    private static string[] KeysOf(TestCenter center)
    {
        var folder = Path.Combine(center.DataFolder, "keys");
        return Directory.Exists(folder) ? Directory.GetFiles(folder) : [];
    }
}
