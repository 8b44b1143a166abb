using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Nerve.Server.Portable;

/// <summary>How many records a section has, and a checksum that does not depend on their order: the sum of the first 128 bits of each record's
/// SHA-256, modulo 2^128.</summary>
public readonly record struct SectionSum(long Count, UInt128 Sum)
{
    public string Checksum => Sum.ToString("x32", CultureInfo.InvariantCulture);

    public SectionSum With(string record) =>
        new(Count + 1, unchecked(Sum + BinaryPrimitives.ReadUInt128BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes(record)))));
}
