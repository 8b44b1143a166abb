using System.Text;

namespace Nerve.Agent.Linux;

/// <summary>Parses <c>/proc/PID/mountinfo</c>, described in <c>proc_pid_mountinfo(5)</c>.</summary>
internal static class MountInfo
{
    /// <summary>All mounts in their order; lines that are not understood are left out.</summary>
    public static IEnumerable<Mount> Parse(string text) => text.Split('\n').Select(ParseLine).OfType<Mount>();

    public static bool IsReadOnly(string options) => options.Split(',').Contains("ro");

    /// <summary>Undoes the kernel's octal escapes of white space and backslash: <c>\040</c> is a space.</summary>
    public static string Unescape(string field)
    {
        if (!field.Contains('\\', StringComparison.Ordinal))
        {
            return field;
        }

        var bytes = new List<byte>(field.Length);
        for (var i = 0; i < field.Length; i++)
        {
            if (field[i] == '\\' && i + 3 < field.Length && TryOctal(field.AsSpan(i + 1, 3)) is { } value)
            {
                bytes.Add(value);
                i += 3;
            }
            else
            {
                bytes.AddRange(Encoding.UTF8.GetBytes(field, i, char.IsHighSurrogate(field[i]) && i + 1 < field.Length ? 2 : 1));
                i += char.IsHighSurrogate(field[i]) ? 1 : 0;
            }
        }

        return Encoding.UTF8.GetString([.. bytes]);
    }

    private static Mount? ParseLine(string line)
    {
        // id parent major:minor root mount-point options [optional…] - type device super-options
        var fields = line.Split(' ');
        var separator = Array.IndexOf(fields, "-", startIndex: Math.Min(6, fields.Length));
        if (separator < 0 || fields.Length < separator + 3)
        {
            return null;
        }

        // A source may be empty, and then the super options stand where the device would.
        var superOptions = fields.Length > separator + 3 ? fields[separator + 3] : "";
        return new Mount(
            Id: fields[2],
            Root: Unescape(fields[3]),
            MountPoint: Unescape(fields[4]),
            Type: fields[separator + 1],
            Device: Unescape(fields[separator + 2]),
            ReadOnly: IsReadOnly(fields[5]) || IsReadOnly(superOptions));
    }

    private static byte? TryOctal(ReadOnlySpan<char> digits)
    {
        var value = 0;
        foreach (var digit in digits)
        {
            if (digit is < '0' or > '7')
            {
                return null;
            }

            value = (value * 8) + (digit - '0');
        }

        return value <= byte.MaxValue ? (byte)value : null;
    }
}
