namespace Nerve.Agent.Tasks;

/// <summary>The kernel's id of this boot of the host.</summary>
internal static class BootId
{
    public static string? Read()
    {
        try
        {
            return File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
