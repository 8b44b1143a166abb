using System.Globalization;
using System.Text.RegularExpressions;
using Nerve.Agent.Gpu;
using Nerve.Agent.Linux;
using Nerve.Agent.Tests.Linux;

namespace Nerve.Agent.Tests.Gpu;

public partial class GpuModelsTests
{
    /// <summary>Every capture of <c>nvidia-smi -q</c> says what the driver calls the device of its number: a card without a driver is called the same.</summary>
    [Fact]
    public void NameOf_AcceleratorsOfNvidia_IsWhatTheirDriverCallsThem()
    {
        var nobody = new HostRoot("/nonexistent");
        SortedSet<string> checkedNames = [];
        foreach (var file in Directory.GetFiles(Fixtures.FolderOf("gls-captures"), "*", SearchOption.AllDirectories)
            .Concat(Directory.GetFiles(Fixtures.FolderOf("nvidia_gpu_exporter"), "*", SearchOption.AllDirectories)))
        {
            foreach (Match card in Card().Matches(File.ReadAllText(file)))
            {
                var device = int.Parse(card.Groups[2].Value, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
                if (GpuModels.NameOf(nobody, GpuVendors.Nvidia, device) is { } name)
                {
                    Assert.Equal(card.Groups[1].Value.Trim(), name);
                    checkedNames.Add(name);
                }
            }
        }

        Assert.Equal(
            ["NVIDIA A10", "NVIDIA A100-SXM4-80GB", "NVIDIA H100 80GB HBM3", "NVIDIA H200", "NVIDIA L4", "NVIDIA L40S", "Tesla V100-SXM2-16GB"],
            checkedNames);
    }

    [GeneratedRegex(@"Product Name\s+: ([^\n]+)\n(?:(?!Product Name)[\s\S])*?Device Id\s+: 0x([0-9A-Fa-f]{4})10DE")]
    private static partial Regex Card();
}
