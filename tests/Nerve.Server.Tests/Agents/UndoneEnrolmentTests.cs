using Microsoft.Extensions.DependencyInjection;
using Nerve.Protocol.Link;
using Nerve.Server.Agents;
using Nerve.Server.Identity;
using Nerve.Server.Tests.Support;

namespace Nerve.Server.Tests.Agents;

/// <summary>A token for one machine lets that machine in, however often it has to come.</summary>
public sealed class UndoneEnrolmentTests : IAsyncLifetime
{
    private TestCenter _center = null!;
    private HesitantAgentStore _store = null!;
    private EnrolToken _token = null!;

    public async ValueTask InitializeAsync()
    {
        _center = await TestCenter.StartAsync(adjust: services =>
        {
            var real = services.Last(service => service.ServiceType == typeof(IAgentStore)).ImplementationType!;
            services.AddSingleton<IAgentStore>(provider => _store = new HesitantAgentStore((IAgentStore)ActivatorUtilities.CreateInstance(provider, real)));
        });
        (_token, _) = await _center.Get<TokenService>().CreateEnrolTokenAsync("one", null, 1, TestCenter.Cancelled);
    }

    public ValueTask DisposeAsync() => _center.DisposeAsync();

    [Fact]
    public async Task Enrol_AgentCannotBeStored_GivesTheUseBack()
    {
        _store.MayBeAdded = Task.FromException(new TimeoutException("no connection is free"));
        await Assert.ThrowsAsync<TimeoutException>(() => EnrolAsync(TestCenter.Cancelled));
        Assert.Equal(0, await UsesAsync());

        _store.MayBeAdded = Task.CompletedTask;
        await EnrolAsync(TestCenter.Cancelled);
        Assert.Equal(1, await UsesAsync());
    }

    [Fact]
    public async Task Enrol_CallerLeavesMeanwhile_LeavesNoAgentAndNoUse()
    {
        using var caller = new CancellationTokenSource();
        var open = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _store.MayBeAdded = open.Task;
        var enrolling = EnrolAsync(caller.Token);
        await Eventually.HoldsAsync(() => _store.Adding == 1);

        await caller.CancelAsync();
        open.SetResult();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => enrolling);
        Assert.Equal(0, await UsesAsync());
        Assert.Empty(await _store.PageAsync(null, 10, TestCenter.Cancelled));
        Assert.Equal(0, _center.Get<AgentDirectory>().Count);
        Assert.NotNull(await EnrolAsync(TestCenter.Cancelled));
    }

    private Task<EnrolReply> EnrolAsync(CancellationToken caller) =>
        _center.Get<EnrolmentService>().EnrolAsync(new EnrolRequest("node-1", null, "1.2.3"), _token.Id, caller);

    private async Task<int> UsesAsync() => (await _center.Get<ITokenStore>().FindEnrolTokenAsync(_token.SecretHash, TestCenter.Cancelled))!.Uses;
}
