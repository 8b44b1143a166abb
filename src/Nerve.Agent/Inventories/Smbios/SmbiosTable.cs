using System.Buffers.Binary;

namespace Nerve.Agent.Inventories.Smbios;

/// <summary>The structures of a SMBIOS table: "System Management BIOS Reference Specification", DMTF DSP0134, §6.1.</summary>
/// <remarks>Firmware is not always right about lengths and counts, so the table is read as far as it makes sense.</remarks>
/// <param name="version">From the entry point; null when there is none to see.</param>
internal sealed class SmbiosTable(IReadOnlyList<SmbiosStructure> structures, (int Major, int Minor)? version = null)
{
    private const int HeaderLength = 4;
    private const byte EndOfTable = 127;
    // More than the largest machines have (some 2,000); a damaged table must not cost without bound.
    private const int MaxStructures = 20_000;

    public (int Major, int Minor)? Version { get; } = version;

    public static SmbiosTable Parse(ReadOnlyMemory<byte> table, (int Major, int Minor)? version = null)
    {
        var structures = new List<SmbiosStructure>();
        var offset = 0;
        while (structures.Count < MaxStructures && Next(table, ref offset) is { } structure)
        {
            if (structure.Type == EndOfTable)
            {
                break;
            }

            structures.Add(structure);
        }

        return new SmbiosTable(structures, version);
    }

    public IEnumerable<SmbiosStructure> OfType(byte type) => structures.Where(structure => structure.Type == type);

    public SmbiosStructure? First(byte type) => OfType(type).FirstOrDefault();

    public SmbiosStructure? WithHandle(byte type, ushort? handle) => OfType(type).FirstOrDefault(structure => structure.Handle == handle);

    // Type, length of the formatted area, handle; the formatted area; strings that end in a zero each, and one more zero.
    private static SmbiosStructure? Next(ReadOnlyMemory<byte> table, ref int offset)
    {
        var rest = table[offset..];
        if (rest.Length < HeaderLength || rest.Span[1] < HeaderLength || rest.Span[1] > rest.Length)
        {
            return null;
        }

        var formatted = rest[..rest.Span[1]];
        var strings = new List<string>();
        offset += formatted.Length + Strings(rest.Span[formatted.Length..], strings);
        return new SmbiosStructure(formatted.Span[0], BinaryPrimitives.ReadUInt16LittleEndian(formatted.Span[2..]), formatted, strings);
    }

    /// <returns>How many bytes the strings take, with the zero after them.</returns>
    private static int Strings(ReadOnlySpan<byte> bytes, List<string> strings)
    {
        var offset = 0;
        while (offset < bytes.Length && bytes[offset] != 0)
        {
            var length = bytes[offset..].IndexOf((byte)0);
            length = length < 0 ? bytes.Length - offset : length;
            strings.Add(SmbiosStructure.Decode(bytes.Slice(offset, length)));
            offset += length + 1;
        }

        // A structure without strings has two zeros, one with strings has one after the last string's own.
        return Math.Min(offset + (strings.Count == 0 ? 2 : 1), bytes.Length);
    }
}
