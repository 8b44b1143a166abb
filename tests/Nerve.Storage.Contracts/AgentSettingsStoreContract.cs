using Nerve.Server.Agents.Settings;

namespace Nerve.Storage.Contracts;

public abstract class AgentSettingsStoreContract : StoreContract
{
    private static readonly FleetSettings s_everything = new()
    {
        HeartbeatSeconds = 15,
        SampleSeconds = 5,
        SmartMinutes = 60,
        IpmiSeconds = 600,
        InventorySeconds = 900,
        ChangedAt = Build.Now,
        ChangedBy = "ada",
    };

    [Fact]
    public async Task Find_NothingSet_IsNull() => Assert.Null(await Stores.Settings.FindAsync(Cancel));

    [Fact]
    public async Task Save_EveryField_ComesBackAsItWas()
    {
        await Stores.Settings.SaveAsync(s_everything, Cancel);

        Assert.Equal(s_everything, await Stores.Settings.FindAsync(Cancel));
    }

    [Fact]
    public async Task Save_Again_TakesThePlaceOfAllThatWasSet()
    {
        var second = new FleetSettings { SampleSeconds = 20, ChangedAt = Build.Now.AddHours(1), ChangedBy = "token:ci" };
        await Stores.Settings.SaveAsync(s_everything, Cancel);
        await Stores.Settings.SaveAsync(second, Cancel);

        Assert.Equal(second, await Stores.Settings.FindAsync(Cancel));
    }

    [Fact]
    public async Task Save_ManyAtOnce_OneOfThemIsThere()
    {
        await Contention.RunAsync(async caller => await Stores.Settings.SaveAsync(s_everything with { HeartbeatSeconds = caller + 1 }, Cancel));

        Assert.InRange((await Stores.Settings.FindAsync(Cancel))!.HeartbeatSeconds!.Value, 1, Contention.Callers);
    }
}
