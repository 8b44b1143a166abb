using Nerve.Server.Audit;

namespace Nerve.Storage.Contracts;

/// <summary>The audit record: a chain that only grows, whoever appends.</summary>
public abstract class AuditStoreContract : StoreContract
{
    [Fact]
    public async Task Append_SomeAndThenMore_IsAChain()
    {
        var first = await Stores.Audit.AppendAsync([Build.Deed(), Build.Deed("task.cancel")], Cancel);
        var second = await Stores.Audit.AppendAsync([Build.Deed()], Cancel);

        Assert.Equal([1, 2, 3], first.Concat(second).Select(entry => entry.Number));
        Assert.Equal([AuditEntry.Nothing, first[0].Hash, first[1].Hash], first.Concat(second).Select(entry => entry.Previous));
        Assert.Equal(first.Concat(second), await Stores.Audit.ReadAsync(0, 10, Cancel));
    }

    /// <summary>Computed by hand from the documented layout (docs/audit.md), so that the record can be verified without this program.</summary>
    [Fact]
    public async Task Append_AKnownDeed_HasTheDocumentedHash()
    {
        var draft = new AuditDraft(DateTimeOffset.FromUnixTimeMilliseconds(1_700_000_000_000), "ada", "cookie", "192.0.2.7", "task.create", "t-1", "ok");

        var entry = Assert.Single(await Stores.Audit.AppendAsync([draft], Cancel));

        Assert.Equal("a10069325dab78e90c66eba82fac7451fe0c90cea39bcd6f91cfeb194607447f", entry.Hash);
    }

    [Fact]
    public async Task Append_ManyAtOnce_OneChainHoldsAll()
    {
        await Contention.RunAsync(async caller =>
        {
            for (var i = 0; i < 5; i++)
            {
                await Stores.Audit.AppendAsync([Build.Deed(target: $"{caller}-{i}"), Build.Deed(target: $"{caller}-{i}b")], Cancel);
            }
        });

        var verdict = await AuditChain.VerifyAsync(Stores.Audit, Cancel);
        Assert.Equal((Contention.Callers * 10L, null), (verdict.Entries, verdict.Problem));
        var entries = await Stores.Audit.ReadAsync(0, 1000, Cancel);
        Assert.Equal(Contention.Callers * 10, entries.Select(entry => entry.Target).Distinct().Count());
        Assert.All(Enumerable.Range(0, Contention.Callers), caller => Assert.Equal(
            [.. Enumerable.Range(0, 5).SelectMany(i => new[] { $"{caller}-{i}", $"{caller}-{i}b" })],
            entries.Select(entry => entry.Target!).Where(target => target.StartsWith($"{caller}-", StringComparison.Ordinal))));
    }

    [Theory]
    [InlineData("before \0 after")]
    [InlineData("before \ud83d after")]
    [InlineData("驱动 \udd25")]
    public async Task Append_TextThatSomeEnginesCannotHold_StillVerifies(string text)
    {
        await Stores.Audit.AppendAsync([Build.Deed(target: text) with { Actor = text, Detail = text }], Cancel);

        Assert.Null((await AuditChain.VerifyAsync(Stores.Audit, Cancel)).Problem);
    }

    [Fact]
    public async Task List_ByPages_GoesBackNewestFirst()
    {
        await Stores.Audit.AppendAsync([.. Enumerable.Range(0, 7).Select(i => Build.Deed(target: $"{i}"))], Cancel);

        var (first, total) = await Stores.Audit.ListAsync(new AuditFilter(), null, 3, Cancel);
        var (second, _) = await Stores.Audit.ListAsync(new AuditFilter(), first[^1].Number, 3, Cancel);
        var (third, _) = await Stores.Audit.ListAsync(new AuditFilter(), second[^1].Number, 3, Cancel);

        Assert.Equal([7, 6, 5, 4, 3, 2, 1], first.Concat(second).Concat(third).Select(entry => entry.Number));
        Assert.Equal(7, total);
    }

    [Fact]
    public async Task List_Filtered_AnswersWhatFits()
    {
        await Stores.Audit.AppendAsync(
            [
                Build.Deed("task.create", "a") with { Actor = "ada" },
                Build.Deed("task.cancel", "a") with { Actor = "bob" },
                Build.Deed("user.create", "b") with { Actor = "ada", At = Build.Now.AddHours(1) },
                Build.Deed("taskless", "a") with { Actor = "bob" },
            ],
            Cancel);

        Assert.Equal([3, 1], await NumbersAsync(new AuditFilter(Who: "ada")));
        Assert.Equal([4, 2, 1], await NumbersAsync(new AuditFilter(Target: "a")));
        Assert.Equal([1], await NumbersAsync(new AuditFilter(Action: "task.create")));
        Assert.Equal([2, 1], await NumbersAsync(new AuditFilter(Action: "task.")));
        Assert.Equal([3], await NumbersAsync(new AuditFilter(From: Build.Now.AddMinutes(1))));
        Assert.Equal([4, 2, 1], await NumbersAsync(new AuditFilter(From: Build.Now, To: Build.Now.AddHours(1))));
        Assert.Empty(await NumbersAsync(new AuditFilter(Who: "ada", Action: "task.cancel")));
    }

    [Fact]
    public async Task Prune_OldEntries_GoWithANoteAndTheChainHolds()
    {
        await Stores.Audit.AppendAsync([.. Enumerable.Range(0, 5).Select(i => Build.Deed() with { At = Build.Now.AddDays(i) })], Cancel);

        var removed = await AuditPruning.StepAsync(Stores.Audit, Build.Now.AddDays(2.5), Build.Now.AddDays(5), Cancel);

        Assert.Equal(3, removed);
        Assert.Equal([4, 5, 6], (await Stores.Audit.ReadAsync(0, 10, Cancel)).Select(entry => entry.Number));
        var verdict = await AuditChain.VerifyAsync(Stores.Audit, Cancel);
        Assert.Equal((3L, null), (verdict.Entries, verdict.Problem));
        Assert.Equal(0, await AuditPruning.StepAsync(Stores.Audit, Build.Now.AddDays(2.5), Build.Now.AddDays(5), Cancel));
    }

    [Fact]
    public async Task Remove_All_LeavesTheNewest()
    {
        var entries = await Stores.Audit.AppendAsync([Build.Deed(), Build.Deed()], Cancel);

        await Stores.Audit.RemoveUptoAsync(100, Cancel);

        Assert.Equal([entries[1]], await Stores.Audit.ReadAsync(0, 10, Cancel));
        Assert.Equal(3, Assert.Single(await Stores.Audit.AppendAsync([Build.Deed()], Cancel)).Number);
    }

    [Fact]
    public async Task Verify_TheBeginningWasRemovedWithoutANote_SaysSo()
    {
        await Stores.Audit.AppendAsync([Build.Deed(), Build.Deed(), Build.Deed()], Cancel);

        await Stores.Audit.RemoveUptoAsync(2, Cancel);

        Assert.Contains("begins with entry 3", (await AuditChain.VerifyAsync(Stores.Audit, Cancel)).Problem, StringComparison.Ordinal);
    }

    private async Task<IEnumerable<long>> NumbersAsync(AuditFilter filter)
    {
        var (entries, total) = await Stores.Audit.ListAsync(filter, null, 100, Cancel);
        Assert.Equal(entries.Count, total);
        return entries.Select(entry => entry.Number);
    }
}
