using Nerve.Protocol.Inventories;

namespace Nerve.Agent.Inventories;

/// <summary>Whether memory errors are corrected, and how many there were.</summary>
internal static class EccFacts
{
    // A quarter of check bits at most (DDR5 has 8 for 32); more than that is nonsense that some firmware writes.
    private const int LargestShare = 4;

    /// <param name="board">The error correction that SMBIOS type 16 says the board has.</param>
    /// <returns>Null when nothing is known.</returns>
    public static EccInfo? Of(string? board, IReadOnlyList<MemoryModuleInfo> modules, IReadOnlyList<EccControllerInfo> controllers)
    {
        var mode = Mode(board, modules, controllers);
        return mode is null && controllers.Count == 0
            ? null
            : new EccInfo(mode, Sum(controllers, controller => controller.CorrectedErrors), Sum(controllers, controller => controller.UncorrectedErrors), controllers);
    }

    // A board that corrects errors cannot do so with modules that have no room for it, and the other way round. The
    // on-die error correction of DDR5 is neither: the bits never leave the chip.
    private static string? Mode(string? board, IReadOnlyList<MemoryModuleInfo> modules, IReadOnlyList<EccControllerInfo> controllers)
    {
        var controller = controllers.SelectMany(one => one.Dimms ?? []).Select(dimm => FromController(dimm.EccMode)).FirstOrDefault(mode => mode is not null);
        return board switch
        {
            null => controller ?? (HaveCheckBits(modules) switch { true => "ECC", false => "None", null => null }),
            "None" => controller ?? board,
            _ => controller is null && HaveCheckBits(modules) == false ? "None" : board,
        };
    }

    // EDAC's own words; "x4" and "x8" correct a whole chip.
    private static string? FromController(string? mode) => mode switch
    {
        "SECDED" or "EC" => "Single-bit ECC",
        "S2ECD2ED" or "S4ECD4ED" or "S8ECD8ED" or "S16ECD16ED" => "Multi-bit ECC",
        "PARITY" => "Parity",
        _ => null,
    };

    // Null when the widths of no module make sense.
    private static bool? HaveCheckBits(IReadOnlyList<MemoryModuleInfo> modules)
    {
        bool? have = null;
        foreach (var module in modules)
        {
            if (module is { SizeBytes: not null, TotalWidth: { } total, DataWidth: { } data }
                && data >= 8 && total >= data && (total - data) * LargestShare <= data)
            {
                have = have == true || total > data;
            }
        }

        return have;
    }

    private static long? Sum(IReadOnlyList<EccControllerInfo> controllers, Func<EccControllerInfo, long?> count)
    {
        long? sum = null;
        foreach (var controller in controllers)
        {
            sum = count(controller) is { } number ? (sum ?? 0) + number : sum;
        }

        return sum;
    }
}
