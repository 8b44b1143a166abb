using Nerve.Agent.Linux;
using Nerve.Protocol.Inventories;

namespace Nerve.Agent.Inventories;

/// <summary>The adapters that SATA, SAS and Fibre Channel disks hang off, each once however many ports it has.</summary>
internal static class StorageControllers
{
    private const string Directory = "/sys/class/scsi_host";

    // A memory stick is its own host.
    private static readonly string[] s_notAdapters = ["usb-storage", "uas"];

    // Each driver has its own names for the same things: mpt3sas, smartpqi, hpsa, qla2xxx, lpfc, aacraid.
    private static readonly string[] s_models = ["board_name", "model", "model_name", "modelname"];
    private static readonly string[] s_firmware = ["version_fw", "firmware_version", "firmware_revision", "fw_version", "fwrev", "hba_kernel_version"];

    public static IReadOnlyList<StorageControllerInfo> Collect(Machine machine)
    {
        var controllers = new List<StorageControllerInfo>();
        foreach (var host in machine.List(Directory))
        {
            var directory = $"{Directory}/{host}";
            var driver = machine.Line($"{directory}/proc_name");
            var address = PciAddress.OfDevice(machine.Root.Resolve(directory));
            if (!s_notAdapters.Contains(driver) && (address is null || !controllers.Exists(known => known.PciAddress == address)))
            {
                controllers.Add(new StorageControllerInfo(host, driver, First(machine, directory, s_models), First(machine, directory, s_firmware), address));
            }
        }

        var told = machine.Controllers.Controllers;
        return [.. controllers.Select(controller => told.FirstOrDefault(known => known.PciAddress == controller.PciAddress) is { } known
            ? known with { Host = controller.Host, Driver = controller.Driver ?? known.Driver, Model = known.Model ?? controller.Model, Firmware = known.Firmware ?? controller.Firmware }
            : controller)];
    }

    private static string? First(Machine machine, string directory, string[] names) =>
        names.Select(name => machine.Line($"{directory}/{name}")).FirstOrDefault(value => value is not null);
}
