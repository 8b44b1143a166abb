using System.Text;

namespace Nerve.Agent.Inventories;

/// <summary>What a SATA disk says of itself, uncut: the IDENTIFY DEVICE data (ACS-4 §7.13) that the kernel keeps in the SCSI page
/// "ATA Information" (SAT-4 §12.4.2).</summary>
internal sealed record AtaIdentity(string? Model, string? Serial, string? Firmware)
{
    private const int IdentifyData = 60;
    private const int IdentifyLength = 512;

    public static AtaIdentity? Read(Machine machine, string device) =>
        machine.Quietly($"{device}/vpd_pg89") is { Length: >= IdentifyData + IdentifyLength } page && page[1] == 0x89
            ? new AtaIdentity(Text(page, word: 27, words: 20), Text(page, word: 10, words: 10), Text(page, word: 23, words: 4))
            : null;

    // Two letters in each word, the second one first.
    private static string? Text(byte[] page, int word, int words)
    {
        var text = new StringBuilder(words * 2);
        for (var offset = IdentifyData + (word * 2); offset < IdentifyData + ((word + words) * 2); offset += 2)
        {
            text.Append((char)page[offset + 1]).Append((char)page[offset]);
        }

        return DmiText.Clean(text.ToString());
    }
}
