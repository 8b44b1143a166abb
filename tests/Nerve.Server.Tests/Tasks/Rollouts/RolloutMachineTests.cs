using CsCheck;
using Nerve.Server.Tasks.Rollouts;

namespace Nerve.Server.Tests.Tasks.Rollouts;

public sealed class RolloutMachineTests
{
    private static readonly DateTimeOffset s_now = DateTimeOffset.UnixEpoch;

    private static readonly Gen<RolloutSpec> s_spec = Gen.Select(
        Among(null, "1", "2", "1, 10%, +20, *2", "1, *2", "30%", "1, +1"),
        Among<int?>(null, 1, 2, 3, 5),
        Among(null, "0", "1", "3", "20%", "100%"),
        Among(OnFailures.Stop, OnFailures.Pause, OnFailures.Continue),
        Among(0, 30),
        Gen.Bool,
        Among(0, 20),
        (batches, parallel, failures, action, pause, confirm, soak) => new RolloutSpec(batches, parallel, failures, action, pause, confirm, soak));

    /// <summary>Nodes that step, die and hesitate, hosts that end, fail, leave and return, people who pause, resume and cancel, in any order:
    /// the limits hold at each release (<see cref="RolloutWorld"/> checks them), and once nothing stands in its way the rollout ends.</summary>
    /// <summary>All of the batch failed with an exit code that is tried again in five minutes.</summary>
    [Fact]
    public void Next_OnlyAFurtherAttemptIsLeft_TheBatchIsNotOver()
    {
        var rollout = Of(new RolloutSpec("1, *10"), hosts: 8);

        var (waits, _) = RolloutMachine.Next(rollout, new RolloutObservation(0, 0, 0, Later: 8, Delayed: 1), s_now);
        var (goesOn, _) = RolloutMachine.Next(rollout, new RolloutObservation(0, 0, 0, Later: 7), s_now);

        Assert.Equal((0, 1), (waits.Batch, goesOn.Batch));
    }

    [Fact]
    public void AnyOrderOfEvents_KeepsTheLimitsAndEnds() => Gen.Select(s_spec, Gen.Int[1, 30], Gen.Select(Gen.Int[0, 12], Gen.Int[0, 10_000]).Array[0, 200]).Sample(
        (spec, hosts, events) =>
        {
            var world = new RolloutWorld(spec, hosts);
            foreach (var (what, host) in events)
            {
                world.Happen(what, host);
            }

            world.Settle();
            Assert.True(world.IsDone, $"It did not end: {world.Rollout}");
            var begun = world.Begun;
            world.Settle();
            Assert.Equal(begun, world.Begun);
        },
        iter: 20_000,
        print: failed => $"{failed.Item1}, {failed.Item2} hosts, events {string.Join(' ', failed.Item3)}");

    [Fact]
    public void Next_TooManyFailed_StopsBeforeTheNextBatch()
    {
        var rollout = Of(new RolloutSpec("1", MaxFailures: "1"), hosts: 10) with { Batch = 2 };

        var (allowed, _) = RolloutMachine.Next(rollout, new RolloutObservation(0, 0, Failures: 1, Later: 7), s_now);
        var (stopped, release) = RolloutMachine.Next(rollout, new RolloutObservation(0, 1, Failures: 2, Later: 7), s_now);

        Assert.Equal((RolloutPhase.Running, 3), (allowed.Phase, allowed.Batch));
        Assert.Equal((RolloutPhase.Stopped, 0, "2 hosts failed up to batch 3; 1 may."), (stopped.Phase, release, stopped.Reason));
    }

    [Fact]
    public void Next_HostsLeaveInTheSoakTime_CountAsFailed()
    {
        var rollout = Of(new RolloutSpec("2", SoakSeconds: 60, OnFailures: OnFailures.Pause), hosts: 6);

        var (soaking, _) = RolloutMachine.Next(rollout, new RolloutObservation(0, 0, 0, Later: 4), s_now);
        var (still, _) = RolloutMachine.Next(soaking, new RolloutObservation(0, 0, 0, Later: 4), s_now.AddSeconds(59));
        var (paused, _) = RolloutMachine.Next(soaking, new RolloutObservation(0, 0, Failures: 1, Later: 4), s_now.AddSeconds(59));
        var (next, _) = RolloutMachine.Next(soaking, new RolloutObservation(0, 0, 0, Later: 4), s_now.AddSeconds(60));

        Assert.Equal([RolloutPhase.Soaking, RolloutPhase.Soaking, RolloutPhase.Paused], new[] { soaking, still, paused }.Select(one => one.Phase));
        Assert.Equal((RolloutPhase.Running, 1), (next.Phase, next.Batch));
    }

    [Fact]
    public void Next_HostsLostInEarlierBatches_AreNotForgotten()
    {
        var rollout = Of(new RolloutSpec("2", MaxFailures: "2", SoakSeconds: 60), hosts: 8);
        var (soaking, _) = RolloutMachine.Next(rollout, new RolloutObservation(0, 0, 0, Later: 6), s_now);
        var (second, _) = RolloutMachine.Next(soaking, new RolloutObservation(0, 0, 0, Later: 6, Lost: 2), s_now.AddSeconds(60));
        var (again, _) = RolloutMachine.Next(second, new RolloutObservation(0, 0, 0, Later: 4), s_now.AddSeconds(61));

        var (stopped, _) = RolloutMachine.Next(again, new RolloutObservation(0, 0, 0, Later: 4, Lost: 1), s_now.AddSeconds(90));

        Assert.Equal((1, RolloutPhase.Soaking), (again.Batch, again.Phase));
        Assert.Equal((RolloutPhase.Stopped, 3), (stopped.Phase, stopped.Failures));
    }

    [Fact]
    public void HaltedBy_NamesThePersonUntilItGoesOn()
    {
        var rollout = Of(new RolloutSpec("1"), hosts: 9);
        var paused = RolloutMachine.Pause(rollout, "ada")!;
        var (stopped, _) = RolloutMachine.Next(rollout, new RolloutObservation(0, 1, Failures: 1, Later: 7), s_now);

        Assert.Equal(
            ["ada", null, "bob", null],
            new[] { paused, RolloutMachine.Resume(paused)!, RolloutMachine.Cancel(paused, "bob")!, stopped }.Select(one => one.HaltedBy));
    }

    [Fact]
    public void Resume_AfterAPause_ForgivesNothing()
    {
        var rollout = Of(new RolloutSpec("1", MaxFailures: "1"), hosts: 9) with { Failures = 1 };

        var resumed = RolloutMachine.Resume(RolloutMachine.Pause(rollout, "ada")!)!;

        Assert.Equal(0, resumed.Forgiven);
    }

    [Fact]
    public void Next_ForgivenHostsAreWellAgain_LeavesNoRoomForOthers()
    {
        var rollout = Of(new RolloutSpec("1", OnFailures: OnFailures.Pause), hosts: 9) with { Forgiven = 5, Failures = 5 };

        var (well, _) = RolloutMachine.Next(rollout, new RolloutObservation(1, 0, Failures: 0, Later: 5), s_now);
        var (paused, _) = RolloutMachine.Next(well, new RolloutObservation(0, 0, Failures: 1, Later: 5), s_now);

        Assert.Equal(RolloutPhase.Paused, paused.Phase);
    }

    [Fact]
    public void Resume_AfterTooManyFailures_ForgivesThoseAndNoMore()
    {
        var rollout = Of(new RolloutSpec("1", OnFailures: OnFailures.Pause), hosts: 5);
        var (paused, _) = RolloutMachine.Next(rollout, new RolloutObservation(0, 0, Failures: 1, Later: 4), s_now);

        var resumed = RolloutMachine.Resume(paused)!;
        var (next, _) = RolloutMachine.Next(resumed, new RolloutObservation(0, 0, Failures: 1, Later: 4), s_now);
        var (again, _) = RolloutMachine.Next(next, new RolloutObservation(0, 0, Failures: 2, Later: 3), s_now);

        Assert.Equal((RolloutPhase.Running, 1), (next.Phase, next.Batch));
        Assert.Equal(RolloutPhase.Paused, again.Phase);
    }

    [Fact]
    public void Next_LastBatchMissesAHost_WaitsForItAndEndsWithIt()
    {
        var rollout = Of(new RolloutSpec(), hosts: 3);

        var (waiting, none) = RolloutMachine.Next(rollout, new RolloutObservation(0, 0, 0, Later: 1), s_now);
        var (_, one) = RolloutMachine.Next(waiting, new RolloutObservation(0, Ready: 1, 0, Later: 1), s_now);
        var (finished, _) = RolloutMachine.Next(waiting, new RolloutObservation(0, 0, 0, Later: 0), s_now);

        Assert.Equal((RolloutPhase.Running, 0, 1), (waiting.Phase, none, one));
        Assert.Equal(RolloutPhase.Finished, finished.Phase);
    }

    private static Gen<T> Among<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(i => values[i]);

    private static Rollout Of(RolloutSpec spec, int hosts) => new() { Spec = spec, Hosts = hosts, Batches = spec.Ends(hosts).Count };
}
