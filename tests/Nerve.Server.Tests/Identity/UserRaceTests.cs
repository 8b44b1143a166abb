using Nerve.Server.Identity;
using Nerve.Server.Nodes;
using Nerve.Server.Shared;
using Nerve.Server.Tests.Support;

namespace Nerve.Server.Tests.Identity;

/// <summary>Two nodes that change users at the same moment.</summary>
public sealed class UserRaceTests(SharedCenter shared) : IClassFixture<SharedCenter>
{
    private const string Password = "twelve chars or more";

    private readonly IUserStore _store = shared.Center.Get<IUserStore>();

    [Fact]
    public async Task SetPassword_OfWhoIsDemotedMeanwhile_DoesNotBringTheRoleBack()
    {
        var other = new UserService(_store, TimeProvider.System);
        await other.AddAsync("mallory", Password, Role.Admin, TestCenter.Cancelled);
        var mine = new UserService(
            new InterruptedUserStore(_store, () => other.ChangeAsync("mallory", Role.Viewer, null, TestCenter.Cancelled)), TimeProvider.System);

        await mine.SetPasswordAsync("mallory", "another long password", TestCenter.Cancelled);

        Assert.Equal(Role.Viewer, (await _store.FindAsync("mallory", TestCenter.Cancelled))!.Role);
        Assert.NotNull(await other.VerifyAsync("mallory", "another long password", TestCenter.Cancelled));
    }

    [Fact]
    public async Task Delete_TheLastTwoAdminsEachOther_OneStays()
    {
        await using var center = await TestCenter.StartAsync();
        var store = center.Get<IUserStore>();
        var locks = new OneLock();
        var other = new UserService(store, TimeProvider.System, locks);
        await other.AddAsync("second", Password, Role.Admin, TestCenter.Cancelled);
        Task? theirs = null;
        var mine = new UserService(
            new InterruptedUserStore(
                store,
                async () =>
                {
                    theirs = other.DeleteAsync("second", TestCenter.Cancelled);
                    await Task.WhenAny(theirs, Task.Delay(300, TestCenter.Cancelled));
                }),
            TimeProvider.System,
            locks);

        await mine.DeleteAsync("admin", TestCenter.Cancelled);

        Assert.Equal("user.lastAdmin", (await Assert.ThrowsAsync<ProblemException>(() => theirs!)).Code);
        Assert.Equal("second", Assert.Single(await store.ListAsync(TestCenter.Cancelled)).Username);
    }

    /// <summary>The real store, before whose first write another node does something.</summary>
    private sealed class InterruptedUserStore(IUserStore real, Func<Task> other) : IUserStore
    {
        private Func<Task>? _other = other;

        public Task AddAsync(User user, CancellationToken cancellationToken) => real.AddAsync(user, cancellationToken);

        public Task<User?> FindAsync(string username, CancellationToken cancellationToken) => real.FindAsync(username, cancellationToken);

        public Task<IReadOnlyList<User>> ListAsync(CancellationToken cancellationToken) => real.ListAsync(cancellationToken);

        public async Task<bool> UpdateAsync(User user, string stamp, CancellationToken cancellationToken)
        {
            await InterruptAsync();
            return await real.UpdateAsync(user, stamp, cancellationToken);
        }

        public async Task<bool> DeleteAsync(string username, CancellationToken cancellationToken)
        {
            await InterruptAsync();
            return await real.DeleteAsync(username, cancellationToken);
        }

        private async Task InterruptAsync()
        {
            if (Interlocked.Exchange(ref _other, null) is { } now)
            {
                await now();
            }
        }
    }

    private sealed class OneLock : IJobLocks, IAsyncDisposable
    {
        private int _taken;

        public Task<IAsyncDisposable?> TryTakeAsync(string job, CancellationToken cancellationToken) =>
            Task.FromResult<IAsyncDisposable?>(Interlocked.Exchange(ref _taken, 1) == 0 ? this : null);

        public ValueTask DisposeAsync()
        {
            _taken = 0;
            return ValueTask.CompletedTask;
        }
    }
}
