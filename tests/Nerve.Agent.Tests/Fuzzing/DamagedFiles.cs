using System.Text;

namespace Nerve.Agent.Tests.Fuzzing;

/// <summary>Damages files the way dying hardware, half-finished drivers and full disks do.</summary>
internal static class DamagedFiles
{
    private static readonly string[] s_numbers =
        ["0", "-1", "4294967295", "18446744073709551615", "9223372036854775807", "-9223372036854775808", "99999999999999999999999", "1e308", "NaN", "0x", "0-4294967295", "1,,,2", "7-3", ""];

    /// <summary>The damaged content; null stands for a file that is gone.</summary>
    public static byte[]? Damage(Random random, byte[] content) => random.Next(12) switch
    {
        0 => null,
        1 => [],
        2 => content[..random.Next(content.Length + 1)],
        3 => Bytes(random, random.Next(1, 400)),
        4 => Flip(random, content),
        5 => [.. content, .. content],
        6 => Cut(random, content),
        7 => Replace(random, content),
        8 => Shuffle(random, content),
        9 => [.. content, .. Bytes(random, 20)],
        10 => new byte[random.Next(100) == 0 ? 9 << 20 : random.Next(70_000)],
        _ => Encoding.ASCII.GetBytes(s_numbers[random.Next(s_numbers.Length)] + (random.Next(2) == 0 ? "\n" : "")),
    };

    private static byte[] Bytes(Random random, int count)
    {
        var bytes = new byte[count];
        random.NextBytes(bytes);
        return bytes;
    }

    private static byte[] Flip(Random random, byte[] content)
    {
        var copy = (byte[])content.Clone();
        for (var i = 0; i < copy.Length && i < random.Next(1, 10); i++)
        {
            copy[random.Next(copy.Length)] ^= (byte)(1 << random.Next(8));
        }

        return copy;
    }

    private static byte[] Cut(Random random, byte[] content)
    {
        var start = random.Next(content.Length + 1);
        return [.. content[..start], .. content[Math.Min(content.Length, start + random.Next(50))..]];
    }

    // A word becomes a number nobody expects.
    private static byte[] Replace(Random random, byte[] content)
    {
        var words = Encoding.Latin1.GetString(content).Split(' ');
        words[random.Next(words.Length)] = s_numbers[random.Next(s_numbers.Length)];
        return Encoding.Latin1.GetBytes(string.Join(' ', words));
    }

    private static byte[] Shuffle(Random random, byte[] content)
    {
        var lines = Encoding.Latin1.GetString(content).Split('\n');
        random.Shuffle(lines);
        return Encoding.Latin1.GetBytes(string.Join('\n', lines));
    }
}
