using System.Diagnostics;
using System.Text.Json;
using Nerve.EndToEnd.Harness;

namespace Nerve.EndToEnd;

/// <summary>The real agent as the user <c>nobody</c>: what anybody may read is reported all the same, and what is missing is named together with the
/// setting that would give it. Needs root, to become nobody.</summary>
public sealed class UnprivilegedTests
{
    private const string Setpriv = "/usr/bin/setpriv";
    private const string Machine = "hwloc/32em64t-2n8c_dax_nvme_mic_dimms/root.tar.gz";
    private const string Firmware = "uroot-smbios/SuperMicro-X9DBL/root.tar.gz";

    private static readonly string[] s_nobody = ["--reuid=65534", "--regid=65534", "--clear-groups"];

    /// <summary>As the kernel guards them: <c>drivers/firmware/dmi-id.c</c> and <c>dmi-sysfs.c</c>.</summary>
    private static readonly string[] s_rootOnly =
    [
        "/sys/class/dmi/id/product_serial", "/sys/class/dmi/id/product_uuid", "/sys/class/dmi/id/board_serial", "/sys/class/dmi/id/chassis_serial",
        "/sys/firmware/dmi/tables/DMI", "/sys/firmware/dmi/tables/smbios_entry_point",
    ];

    [Fact]
    public async Task Inventory_AsNobody_LacksOnlyWhatItsProblemsName()
    {
        await using var site = Open();
        var machine = await GuardedAsync(site);
        using var whole = await InventoryAsync(site, "root", "/bin/sh", "-c", "exec \"$0\" \"$@\"", Agent(site), "inventory", "--root", machine);
        using var part = await InventoryAsync(site, "nobody", Setpriv, [.. s_nobody, Agent(site), "inventory", "--root", machine]);

        var missing = Leaves(whole.RootElement).Where(leaf => leaf.Key != "collectedAt" && Leaves(part.RootElement).GetValueOrDefault(leaf.Key) != leaf.Value)
            .Select(leaf => Part(leaf.Key)).Distinct().Order(StringComparer.Ordinal);
        Assert.Equal(
            [
                "cpu.firmwareModel", "host.bmc.interface", "host.bmc.ipmiVersion", "host.board.serial", "host.chassis.serial", "host.system.serial", "host.system.uuid",
                "memory.ecc", "memory.installedBytes", "memory.maximumBytes", "memory.modules",
            ],
            missing);

        var problems = part.RootElement.GetProperty("problems").EnumerateArray().ToList();
        Assert.Equal(s_rootOnly, problems.Select(problem => problem.GetProperty("source").GetString()));
        Assert.All(problems, problem => Assert.Contains("Run the agent as root, or give it CAP_DAC_READ_SEARCH", problem.GetProperty("reason").GetString()));
    }

    [Fact]
    public async Task Doctor_AsNobody_SaysWhatIsMissingAndWhatWouldGiveIt()
    {
        await using var site = Open();
        var doctor = site.StartProcess("doctor", Setpriv, [.. s_nobody, Agent(site), "doctor", "--root", await GuardedAsync(site)]);
        await doctor.ExitAsync();

        var lines = doctor.StandardOutput.Split('\n');
        foreach (var missing in new[] { "privileges", "serial numbers", "memory modules" })
        {
            var line = Array.FindIndex(lines, line => line.StartsWith("missing", StringComparison.Ordinal) && line.Contains(missing, StringComparison.Ordinal));
            Assert.True(line >= 0, doctor.StandardOutput);
            Assert.Contains(missing == "privileges" ? "Run the agent as root" : "CAP_DAC_READ_SEARCH", lines[line + 1]);
        }
    }

    [Fact]
    public async Task Agent_AsNobody_WithAStateOfItsOwn_ReportsAndRunsTasksAsNobody()
    {
        await using var site = await Site.StartAsync("--heartbeat-interval", "1s");
        Prepare(site);
        await RunAsync("install", "-d", "-o", "65534", "-g", "65534", "-m", "700", site.At("nobodys"));
        site.StartProcess(
            "nobody", Setpriv, [.. s_nobody, Agent(site), "--server", site.Server.AbsoluteUri, "--token-file", site.WriteToken(), "--state", site.At("nobodys")]);
        var agent = (await site.EventuallyAsync("it is online", site.Api.AgentsAsync, agents => agents.Any(one => one.Status == "online"))).Single();

        var inventory = await site.EventuallyAsync(
            "its inventory has come", async () => await site.Api.GetAsync<JsonElement>($"agents/{agent.Id}"), shown => shown.GetProperty("cpuThreads").ValueKind == JsonValueKind.Number);
        Assert.Equal(Environment.ProcessorCount, inventory.GetProperty("cpuThreads").GetInt32());
        await site.EventuallyAsync("samples have come", () => site.Api.AgentAsync(agent.Id), shown => shown.Metrics.GetValueOrDefault("memory.used_percent") > 0);
        var (run, output) = await site.RunAsync(new { kind = "command", command = "/usr/bin/id", args = new[] { "-u" }, target = new { agents = new[] { agent.Id } } });
        Assert.Equal(("succeeded", "65534\n"), (run.State, output));
    }

    private static Site Open()
    {
        var site = Site.WithoutCenter();
        Prepare(site);
        return site;
    }

    /// <summary>Nobody may enter the test's folder, and run the agent there.</summary>
    private static void Prepare(Site site)
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess && File.Exists(Setpriv), "Needs root and setpriv (util-linux), to become nobody.");
        File.SetUnixFileMode(site.Folder, File.GetUnixFileMode(site.Folder) | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
        File.Copy(Programs.Agent, Agent(site));
    }

    private static string Agent(Site site) => site.At("nerve-agent");

    /// <summary>A captured machine whose files are guarded as on a running one.</summary>
    private static async Task<string> GuardedAsync(Site site)
    {
        var machine = await Captures.UnpackAsync(Firmware, await Captures.UnpackAsync(Machine, site.At("machine")));
        Directory.Delete(machine + "/sys/firmware/dmi/entries", recursive: true);
        foreach (var number in s_rootOnly.Where(file => file.StartsWith("/sys/class", StringComparison.Ordinal)))
        {
            await File.WriteAllTextAsync(machine + number, "4C4C4544-0042-3510-8052-B4C04F564432\n", TestContext.Current.CancellationToken); // captures have none
        }

        await RunAsync("chmod", "-R", "a+rX", machine);
        foreach (var file in s_rootOnly)
        {
            File.SetUnixFileMode(machine + file, UnixFileMode.UserRead);
        }

        return machine;
    }

    private static async Task<JsonDocument> InventoryAsync(Site site, string name, string program, params string[] arguments)
    {
        var run = site.StartProcess(name, program, arguments);
        Assert.Equal(0, await run.ExitAsync());
        return JsonDocument.Parse(run.StandardOutput);
    }

    private static async Task RunAsync(string program, params string[] arguments)
    {
        using var run = Process.Start(program, arguments);
        await run.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, run.ExitCode);
    }

    /// <summary>Every value by its place: <c>memory.modules.0.serial</c>. Null is no value.</summary>
    private static Dictionary<string, string> Leaves(JsonElement element) => Walk("", element).ToDictionary();

    private static IEnumerable<KeyValuePair<string, string>> Walk(string place, JsonElement element)
    {
        string Below(string name) => place.Length == 0 ? name : $"{place}.{name}";
        return element.ValueKind switch
        {
            JsonValueKind.Object => element.EnumerateObject().SelectMany(member => Walk(Below(member.Name), member.Value)),
            JsonValueKind.Array => element.EnumerateArray().SelectMany((item, i) => Walk(Below($"{i}"), item)),
            JsonValueKind.Null => [],
            _ => [KeyValuePair.Create(place, element.GetRawText())],
        };
    }

    /// <summary>Three names of a host's part, two of all others.</summary>
    private static string Part(string place) => string.Join('.', place.Split('.').Take(place.StartsWith("host.", StringComparison.Ordinal) ? 3 : 2));
}
