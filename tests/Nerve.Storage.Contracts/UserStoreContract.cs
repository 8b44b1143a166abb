using Nerve.Server.Identity;
using Nerve.Server.Shared;

namespace Nerve.Storage.Contracts;

public abstract class UserStoreContract : StoreContract
{
    [Fact]
    public async Task Add_EveryField_ComesBackAsItWas()
    {
        var user = Build.User();
        await Stores.Users.AddAsync(user, Cancel);

        Assert.Equal(user, await Stores.Users.FindAsync("ada", Cancel));
        Assert.Null(await Stores.Users.FindAsync("Ada", Cancel));
    }

    [Fact]
    public async Task Add_ANameThatIsTaken_IsAUniqueConflictAndTheFirstStays()
    {
        var user = Build.User();
        await Stores.Users.AddAsync(user, Cancel);

        await Assert.ThrowsAsync<UniqueConflictException>(() => Stores.Users.AddAsync(Build.User() with { Role = Role.Admin }, Cancel));

        Assert.Equal(user, Assert.Single(await Stores.Users.ListAsync(Cancel)));
    }

    [Fact]
    public async Task Add_OneNameByManyAtOnce_OneWins()
    {
        var won = await Contention.RunAsync(async _ =>
        {
            try
            {
                await Stores.Users.AddAsync(Build.User(), Cancel);
                return true;
            }
            catch (UniqueConflictException)
            {
                return false;
            }
        });

        Assert.Single(won, true);
    }

    [Fact]
    public async Task List_ByName_ComparesOrdinally()
    {
        string[] names = ["a-b", "a.b", "a0", "a_b", "ab", "b"];
        foreach (var name in names.Reverse())
        {
            await Stores.Users.AddAsync(Build.User(name), Cancel);
        }

        Assert.Equal(names, (await Stores.Users.ListAsync(Cancel)).Select(user => user.Username));
    }

    [Fact]
    public async Task Update_Known_ReplacesHashRoleAndStampOnly()
    {
        var user = Build.User();
        await Stores.Users.AddAsync(user, Cancel);

        Assert.True(await Stores.Users.UpdateAsync(
            user with { PasswordHash = "new", Role = Role.Admin, Stamp = "second", CreatedAt = Build.Now.AddYears(1), Username = "eve" }, user.Stamp, Cancel));

        Assert.Equal(
            user with { PasswordHash = "new", Role = Role.Admin, Stamp = "second" }, Assert.Single(await Stores.Users.ListAsync(Cancel)));
    }

    [Fact]
    public async Task Update_Unknown_AnswersFalseAndInsertsNothing()
    {
        Assert.False(await Stores.Users.UpdateAsync(Build.User(), "first", Cancel));

        Assert.Empty(await Stores.Users.ListAsync(Cancel));
    }

    [Fact]
    public async Task Update_ChangedSinceItWasRead_AnswersFalseAndLeavesIt()
    {
        var read = Build.User() with { Role = Role.Admin };
        await Stores.Users.AddAsync(read, Cancel);
        var demoted = read with { Role = Role.Viewer, Stamp = "second" };
        Assert.True(await Stores.Users.UpdateAsync(demoted, read.Stamp, Cancel));

        Assert.False(await Stores.Users.UpdateAsync(read with { PasswordHash = "new", Stamp = "third" }, read.Stamp, Cancel));

        Assert.Equal(demoted, await Stores.Users.FindAsync("ada", Cancel));
    }

    [Fact]
    public async Task Delete_Twice_IsIdempotent()
    {
        await Stores.Users.AddAsync(Build.User(), Cancel);
        await Stores.Users.AddAsync(Build.User("bob"), Cancel);

        Assert.False(await Stores.Users.DeleteAsync("ADA", Cancel));
        Assert.True(await Stores.Users.DeleteAsync("ada", Cancel));
        Assert.False(await Stores.Users.DeleteAsync("ada", Cancel));

        Assert.Equal("bob", Assert.Single(await Stores.Users.ListAsync(Cancel)).Username);
    }
}
