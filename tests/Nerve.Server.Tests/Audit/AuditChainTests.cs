using Nerve.Server.Audit;

namespace Nerve.Server.Tests.Audit;

/// <summary>Whatever is done to one entry of the record, the look through it finds it.</summary>
public sealed class AuditChainTests
{
    private readonly ListedStore _store = new();

    public AuditChainTests()
    {
        for (var i = 0; i < 20; i++)
        {
            var last = _store.Entries.LastOrDefault();
            _store.Entries.Add(AuditEntry.After(
                last?.Number ?? 0, last?.Hash ?? AuditEntry.Nothing,
                new AuditDraft(DateTimeOffset.UnixEpoch.AddDays(i), "ada", "cookie", "192.0.2.1", "task.create", $"t-{i}", "ok", i % 2 == 0 ? null : "more")));
        }
    }

    [Fact]
    public async Task Verify_Untouched_IsWhole()
    {
        var verdict = await VerifyAsync();

        Assert.Equal((20L, null), (verdict.Entries, verdict.Problem));
    }

    [Fact]
    public async Task Verify_AnyEntryRemoved_IsFound()
    {
        foreach (var place in Enumerable.Range(0, 19)) // the newest has nobody behind it
        {
            var removed = _store.Entries[place];
            _store.Entries.RemoveAt(place);
            Assert.NotNull((await VerifyAsync()).Problem);
            _store.Entries.Insert(place, removed);
        }
    }

    public static TheoryData<string, Func<AuditEntry, AuditEntry>> Changes => new()
    {
        { "time", entry => entry with { At = entry.At.AddMilliseconds(1) } },
        { "actor", entry => entry with { Actor = "eve" } },
        { "via", entry => entry with { Via = "bearer" } },
        { "address", entry => entry with { Address = null } },
        { "action", entry => entry with { Action = "task.cancel" } },
        { "target", entry => entry with { Target = entry.Target + "0" } },
        { "result", entry => entry with { Result = "failed" } },
        { "detail", entry => entry with { Detail = entry.Detail is null ? "" : null } },
        { "moved text", entry => entry with { Actor = "adacookie", Via = "" } },
        { "hash of its own", entry => (entry with { Actor = "eve" }) is var forged ? forged with { Hash = forged.ComputeHash() } : entry },
    };

    [Theory]
    [MemberData(nameof(Changes))]
    public async Task Verify_AnyEntryChanged_IsFound(string what, Func<AuditEntry, AuditEntry> change)
    {
        foreach (var place in Enumerable.Range(0, 19))
        {
            var original = _store.Entries[place];
            _store.Entries[place] = change(original);
            Assert.True((await VerifyAsync()).Problem is not null, $"a changed {what} of entry {original.Number} was not found");
            _store.Entries[place] = original;
        }
    }

    private Task<AuditVerdict> VerifyAsync() => AuditChain.VerifyAsync(_store, TestContext.Current.CancellationToken);

    private sealed class ListedStore : IAuditStore
    {
        public List<AuditEntry> Entries { get; } = [];

        public Task<IReadOnlyList<AuditEntry>> ReadAsync(long after, int limit, CancellationToken cancellationToken) =>
            Task.FromResult<IReadOnlyList<AuditEntry>>([.. Entries.Where(entry => entry.Number > after).Take(7)]);

        public Task<IReadOnlyList<AuditEntry>> AppendAsync(IReadOnlyList<AuditDraft> drafts, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<(IReadOnlyList<AuditEntry> Entries, int Total)> ListAsync(AuditFilter filter, long? before, int limit, CancellationToken cancellationToken) =>
            throw new NotSupportedException();

        public Task RemoveUptoAsync(long number, CancellationToken cancellationToken) => throw new NotSupportedException();
    }
}
