using System.Diagnostics;
using System.Globalization;
using Nerve.Agent.Cgroups;

namespace Nerve.Agent.Tests.Cgroups;

/// <summary>Real groups in a tree of the test's own: in the machine's, others have just made theirs and not yet entered them.</summary>
public sealed class TidyTests : IAsyncLifetime
{
    private readonly Guid _empty = Guid.NewGuid();
    private readonly Guid _busy = Guid.NewGuid();
    private CgroupTree _tree = null!;
    private Process? _left;

    public ValueTask InitializeAsync()
    {
        var machine = CgroupTree.Find();
        Assert.SkipUnless(machine?.TryPrepare() == true, "This machine has no cgroup v2 that may be used.");
        var runs = Path.Combine(machine!.Runs, $"tidy-{Guid.NewGuid():D}");
        _tree = CgroupTree.Find($"1 0 0:1 / {runs} rw - cgroup2 cgroup2 rw\n", "0::/agent\n")!;
        Assert.Equal(runs, _tree.Runs);
        Directory.CreateDirectory(_tree.Of(_empty));
        Directory.CreateDirectory(_tree.Of(_busy));
        _left = Process.Start("sleep", "300");
        Assert.True(CgroupTree.TryWrite(_tree.Of(_busy), "cgroup.procs", _left.Id.ToString(CultureInfo.InvariantCulture)));
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        if (_left is not null)
        {
            await EndAsync();
            _left.Dispose();
            _tree.Tidy(DateTime.MaxValue);
            Directory.Delete(_tree.Runs);
        }
    }

    [Fact]
    public async Task Tidy_GroupsOfRunsThatAreOver_GoWhenTheyAreOldAndNothingIsLeftInThem()
    {
        var later = DateTime.UtcNow.AddMinutes(1);

        _tree.Tidy(later.AddMinutes(-2));
        Assert.Equal((true, true), (Exists(_empty), Exists(_busy)));

        _tree.Tidy(later);
        Assert.Equal((false, true), (Exists(_empty), Exists(_busy)));

        await EndAsync();
        _tree.Tidy(later);
        Assert.Equal((false, false), (Exists(_empty), Exists(_busy)));
    }

    private bool Exists(Guid run) => Directory.Exists(_tree.Of(run));

    private async Task EndAsync()
    {
        _left!.Kill();
        await _left.WaitForExitAsync(TestContext.Current.CancellationToken);
    }
}
