using System.Diagnostics;

namespace Nerve.Bench.Programs;

/// <summary>A library in place of NVIDIA's that plays GPUs: the tests' <c>fake-nvml.c</c>.</summary>
/// <param name="Environment">What an agent needs to load it.</param>
internal sealed record FakeGpus(IReadOnlyDictionary<string, string> Environment)
{
    /// <returns>Null where there is no C compiler.</returns>
    public static FakeGpus? Build(string folder, int count)
    {
        Directory.CreateDirectory(folder);
        var source = Path.Combine(Built.Repository, "tests/Nerve.Agent.Tests/Gpu/Nvml/fake-nvml.c");
        var description = Path.Combine(folder, "machine");
        var gpus = string.Join(",", Enumerable.Range(0, count).Select(Describe));
        File.WriteAllText(description, $$"""{ "nvmlSystemGetDriverVersion": "565.57.01", "gpus": [{{gpus}}] }""");
        return Compile(source, Path.Combine(folder, "libnvidia-ml.so.1"))
            ? new FakeGpus(new Dictionary<string, string> { ["LD_LIBRARY_PATH"] = folder, ["FAKE_NVML"] = description })
            : null;
    }

    private static string Describe(int number) =>
        $$"""
        {
          "pci": "0:{{0x18 + (8 * number):x}}:0",
          "nvmlDeviceGetName": "NVIDIA H100 80GB HBM3",
          "nvmlDeviceGetUUID": "GPU-00000000-0000-0000-0000-00000000000{{number}}",
          "nvmlDeviceGetTemperature(0)": 3{{number}},
          "nvmlDeviceGetPowerUsage": 70{{number}}00,
          "nvmlDeviceGetUtilizationRates": [9{{number}}, 40],
          "nvmlDeviceGetClockInfo(0)": 1980,
          "nvmlDeviceGetClockInfo(1)": 1980,
          "nvmlDeviceGetEccMode": [1, 1]
        }
        """;

    private static bool Compile(string source, string library)
    {
        foreach (var compiler in (string[])["gcc", "clang", "cc"])
        {
            try
            {
                using var run = Process.Start(compiler, ["-shared", "-fPIC", "-O1", "-o", library, source]);
                run.WaitForExit();
                return run.ExitCode == 0;
            }
            catch (System.ComponentModel.Win32Exception)
            {
                // Not this one.
            }
        }

        return false;
    }
}
