namespace Nerve.Agent.Tests.Inventories.Smbios;

/// <summary>What <c>dmidecode</c> printed: a section for each structure.</summary>
internal sealed class DmidecodeText
{
    public DmidecodeText(string text)
    {
        Section? section = null;
        foreach (var line in text.Split('\n').Select(line => line.TrimEnd('\r')))
        {
            if (line.StartsWith("Handle 0x"))
            {
                Sections.Add(section = new Section(int.Parse(line.Split("DMI type ")[1].Split(',')[0], System.Globalization.CultureInfo.InvariantCulture)));
            }
            else if (line.StartsWith('\t') && !line.StartsWith("\t\t") && line.IndexOf(": ", StringComparison.Ordinal) is > 0 and var colon)
            {
                section?.Values.TryAdd(line[1..colon], line[(colon + 2)..].Trim());
            }
        }
    }

    public List<Section> Sections { get; } = [];

    public IEnumerable<Section> OfType(int type) => Sections.Where(section => section.Type == type);

    internal sealed record Section(int Type)
    {
        public Dictionary<string, string> Values { get; } = new(StringComparer.Ordinal);

        public string? this[string key] => Values.GetValueOrDefault(key);

        /// <summary>Null for the words that stand for nothing.</summary>
        public string? Known(string key) => this[key] is { } value
            && value is not ("" or "Unknown" or "None" or "Not Specified" or "Other" or "<OUT OF SPEC>" or "No Module Installed" or "NO DIMM" or "Not Provided")
                ? value
                : null;

        /// <summary>"2933 MT/s", "64 bits".</summary>
        public int? Number(params string[] keys)
        {
            var value = keys.Select(Known).FirstOrDefault(found => found is not null);
            return int.TryParse(value?.Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture, out var number) ? number : null;
        }

        /// <summary>"16 GB", "4096 MB"; null for an empty slot.</summary>
        public long? Size(string key) => this[key]?.Split(' ') is [var count, var unit] && long.TryParse(count, System.Globalization.CultureInfo.InvariantCulture, out var number)
            ? number << (unit switch { "kB" => 10, "MB" => 20, "GB" => 30, "TB" => 40, _ => 0 })
            : null;
    }
}
