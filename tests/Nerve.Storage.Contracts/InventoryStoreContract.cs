using Nerve.Server.Inventories;

namespace Nerve.Storage.Contracts;

public abstract class InventoryStoreContract : StoreContract
{
    private readonly Guid _agent = Build.Id();

    [Fact]
    public async Task Add_ALargeDocument_ComesBackCharacterForCharacter()
    {
        var document = $$"""{"host": {"hostname": "算力-07 🚀"},  "b": 1, "a": "{{new string('x', 1_000_000)}}"}""";
        var snapshot = new InventorySnapshot(_agent, Build.Now, "hash", document);

        await Stores.Inventories.AddAsync(snapshot, Cancel);

        Assert.Equal(snapshot, await Stores.Inventories.LatestAsync(_agent, Cancel));
    }

    [Fact]
    public async Task Add_TheSameMomentAgain_LeavesTheFirst()
    {
        await Stores.Inventories.AddAsync(new InventorySnapshot(_agent, Build.Now, "first", "{}"), Cancel);
        await Stores.Inventories.AddAsync(new InventorySnapshot(_agent, Build.Now, "second", "{}"), Cancel);

        Assert.Equal("first", (await Stores.Inventories.LatestAsync(_agent, Cancel))!.Hash);
        Assert.Equal(1, await Stores.Inventories.CountAsync(_agent, Cancel));
    }

    [Fact]
    public async Task Replace_AMomentThatIsThere_ChangesItAlone()
    {
        var earlier = new InventorySnapshot(_agent, Build.Now, "earlier", "{}");
        var old = new InventorySnapshot(_agent, Build.Now.AddMinutes(1), "old", "{}");
        var other = new InventorySnapshot(Build.Id(), old.CollectedAt, "other", "{}");
        foreach (var snapshot in new[] { earlier, old, other })
        {
            await Stores.Inventories.AddAsync(snapshot, Cancel);
        }

        await Stores.Inventories.ReplaceAsync(old with { Hash = "new", Document = "{\"a\":1}" }, Cancel);

        Assert.Equal([old with { Hash = "new", Document = "{\"a\":1}" }, earlier], await Stores.Inventories.HistoryAsync(_agent, null, 10, Cancel));
        Assert.Equal(other, await Stores.Inventories.LatestAsync(other.AgentId, Cancel));
    }

    [Fact]
    public async Task Replace_AMomentThatIsNotThere_AddsNothing()
    {
        await Stores.Inventories.ReplaceAsync(new InventorySnapshot(_agent, Build.Now, "hash", "{}"), Cancel);

        Assert.Equal(0, await Stores.Inventories.CountAsync(_agent, Cancel));
    }

    [Fact]
    public async Task Add_TheSameMomentByManyAtOnce_IsThereOnce()
    {
        await Contention.RunAsync(caller => Stores.Inventories.AddAsync(new InventorySnapshot(_agent, Build.Now, $"{caller}", "{}"), Cancel));

        Assert.Equal(1, await Stores.Inventories.CountAsync(_agent, Cancel));
    }

    [Fact]
    public async Task History_ByPages_GoesBackThroughAllOfOneAgent()
    {
        foreach (var minute in new[] { 3, 1, 7, 5, 2, 6, 4 })
        {
            await Stores.Inventories.AddAsync(new InventorySnapshot(_agent, Build.Now.AddMinutes(minute), $"{minute}", "{}"), Cancel);
            await Stores.Inventories.AddAsync(new InventorySnapshot(Build.Id(), Build.Now.AddMinutes(minute), "other", "{}"), Cancel);
        }

        var hashes = new List<string>();
        DateTimeOffset? before = null;
        while (await Stores.Inventories.HistoryAsync(_agent, before, 3, Cancel) is { Count: > 0 } page)
        {
            Assert.True(page.Count <= 3);
            hashes.AddRange(page.Select(snapshot => snapshot.Hash));
            before = page[^1].CollectedAt;
        }

        Assert.Equal(["7", "6", "5", "4", "3", "2", "1"], hashes);
        Assert.Equal("7", (await Stores.Inventories.LatestAsync(_agent, Cancel))!.Hash);
        Assert.Equal(7, await Stores.Inventories.CountAsync(_agent, Cancel));
    }

    [Fact]
    public async Task Prune_OldSnapshots_GoExceptTheNewestOfEachAgent()
    {
        var quiet = Build.Id();
        foreach (var (agent, daysAgo) in new[] { (_agent, 50), (_agent, 40), (_agent, 31), (_agent, 29), (quiet, 90), (quiet, 60) })
        {
            await Stores.Inventories.AddAsync(new InventorySnapshot(agent, Build.Now.AddDays(-daysAgo), $"{daysAgo}", "{}"), Cancel);
        }

        var steps = 0;
        while (await Stores.Inventories.PruneAsync(Build.Now.AddDays(-30), 2, Cancel) > 0)
        {
            Assert.True(++steps < 100, "Pruning never comes to an end.");
        }

        Assert.Equal(["29"], (await Stores.Inventories.HistoryAsync(_agent, null, 10, Cancel)).Select(snapshot => snapshot.Hash));
        Assert.Equal(["60"], (await Stores.Inventories.HistoryAsync(quiet, null, 10, Cancel)).Select(snapshot => snapshot.Hash));
    }

    [Fact]
    public async Task Latest_UnknownAgent_AnswersNull()
    {
        Assert.Null(await Stores.Inventories.LatestAsync(_agent, Cancel));
        Assert.Empty(await Stores.Inventories.HistoryAsync(_agent, null, 10, Cancel));
        Assert.Equal(0, await Stores.Inventories.CountAsync(_agent, Cancel));
    }
}
