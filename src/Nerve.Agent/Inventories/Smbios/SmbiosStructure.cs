using System.Buffers.Binary;
using System.Text;

namespace Nerve.Agent.Inventories.Smbios;

/// <summary>One structure of the SMBIOS table: numbers at fixed offsets, then numbered strings (DSP0134 §6.1).</summary>
/// <param name="formatted">The formatted area, header included. Older firmware has shorter ones.</param>
internal sealed class SmbiosStructure(byte type, ushort handle, ReadOnlyMemory<byte> formatted, IReadOnlyList<string> strings)
{
    public byte Type { get; } = type;

    public ushort Handle { get; } = handle;

    /// <summary>Bytes of the formatted area.</summary>
    public int Length => formatted.Length;

    /// <summary>The number at an offset; null where this version of the structure ends before it.</summary>
    public byte? Byte(int offset) => offset < formatted.Length ? formatted.Span[offset] : null;

    public ushort? Word(int offset) => offset + 2 <= formatted.Length ? BinaryPrimitives.ReadUInt16LittleEndian(formatted.Span[offset..]) : null;

    public uint? DoubleWord(int offset) => offset + 4 <= formatted.Length ? BinaryPrimitives.ReadUInt32LittleEndian(formatted.Span[offset..]) : null;

    public ulong? QuadWord(int offset) => offset + 8 <= formatted.Length ? BinaryPrimitives.ReadUInt64LittleEndian(formatted.Span[offset..]) : null;

    public ReadOnlySpan<byte> Bytes(int offset, int count) => offset + count <= formatted.Length ? formatted.Span.Slice(offset, count) : [];

    /// <summary>The string whose number stands at an offset, as it is; null when there is none.</summary>
    public string? RawText(int offset) => Byte(offset) is > 0 and var number && number <= strings.Count ? strings[number - 1] : null;

    /// <summary>As <see cref="RawText"/>, and null also for what firmware writes when it has nothing to say.</summary>
    public string? Text(int offset) => DmiText.Clean(RawText(offset));

    /// <summary>A SMBIOS string: Latin letters by the standard, UTF-8 since version 2.7.</summary>
    internal static string Decode(ReadOnlySpan<byte> bytes) => Encoding.UTF8.GetString(bytes);
}
