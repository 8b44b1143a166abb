using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using Nerve.Bench.Programs;

namespace Nerve.Bench.Scenarios;

/// <summary>The tests that draw their cases from a seed, with another seed and many more cases than <c>make test</c> has time for.</summary>
internal sealed class Endurance : IScenario
{
    public string Name => "endurance";

    public async IAsyncEnumerable<Measurement> MeasureAsync(BenchPlan plan, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        yield return await RunAsync("Nerve.Agent.Tests", "*DamagedMachineTests", "NERVE_FUZZ_CASES", "NERVE_FUZZ_SEED", 100_000, "damaged machines that harm the agent", cancellationToken);
        yield return await RunAsync("Nerve.EndToEnd", "*FaultsTests", "NERVE_FAULT_ROUNDS", "NERVE_FAULT_SEED", 1000, "rounds of faults that lose something", cancellationToken);
    }

    private static async Task<Measurement> RunAsync(
        string tests, string classes, string countName, string seedName, int count, string what, CancellationToken cancellationToken)
    {
        var seed = Random.Shared.Next();
        await ProgramAsync("dotnet", ["build", $"tests/{tests}", "-c", "Release", "-v", "q", "--nologo"], [], cancellationToken);
        var (code, output) = await ProgramAsync(
            $"artifacts/bin/{tests}/release/{tests}", ["--filter-class", classes],
            [(countName, count), (seedName, seed), ("NERVE_RUN_IS_BUILT", 1)], cancellationToken);
        if (code != 0)
        {
            await Console.Error.WriteLineAsync(output);
        }

        return new Measurement(string.Create(CultureInfo.InvariantCulture, $"{what}, of {count}; {seedName}={seed}"), "", 0, [code == 0 ? 0 : 1]);
    }

    private static async Task<(int Code, string Output)> ProgramAsync(
        string program, string[] arguments, (string Name, int Value)[] environment, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, WorkingDirectory = Built.Repository };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value.ToString(CultureInfo.InvariantCulture);
        }

        using var process = Process.Start(start)!;
        var output = await process.StandardOutput.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        return (process.ExitCode, output);
    }
}
