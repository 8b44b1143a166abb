using System.CommandLine;

namespace Nerve.Configuration;

/// <summary>How a value is written on the command line and in the file.</summary>
public enum SettingShape
{
    /// <summary>One text: <c>--key value</c>.</summary>
    Scalar,

    /// <summary>On or off: <c>--key</c>.</summary>
    Switch,

    /// <summary>Several texts: comma separated, the flag repeated, or a YAML sequence.</summary>
    List,

    /// <summary>Named texts: <c>k=v,k2=v2</c>, the flag repeated, or a YAML mapping.</summary>
    Map,
}

/// <summary>One row of a program's table of settings. The flag, the environment variable and the key in the file all come from
/// <paramref name="Key"/>: <c>storage-url</c> is <c>--storage-url</c>, <c>NERVE_STORAGE_URL</c> and <c>storage-url:</c>.</summary>
/// <param name="Key">Lower case, words joined by hyphens.</param>
/// <param name="Description">One line for <c>--help</c>.</param>
public sealed record Setting(string Key, string Description)
{
    public SettingShape Shape { get; init; }

    /// <summary>Used when nobody says otherwise; shown in <c>--help</c>.</summary>
    public string? Default { get; init; }

    /// <summary>What stands for the value in <c>--help</c>: <c>FILE</c>, <c>HOST:PORT</c>.</summary>
    public string? ValueName { get; init; }

    public bool Required { get; init; }

    /// <summary>Works, but is not shown in <c>--help</c>.</summary>
    public bool Hidden { get; init; }

    /// <summary>The value never appears in an error text.</summary>
    public bool Secret { get; init; }

    /// <summary>Null for a good value, else why it is not, to be read after the quoted value: <c>is not HOST:PORT; write …</c>.</summary>
    public Func<string, string?>? Check { get; init; }

    public string Flag => "--" + Key;

    public string Variable => "NERVE_" + Key.Replace('-', '_').ToUpperInvariant();

    internal Option ToOption()
    {
        Option option = Shape switch
        {
            SettingShape.Switch => new Option<bool>(Flag),
            SettingShape.Scalar => new Option<string>(Flag) { HelpName = ValueName ?? "VALUE", Arity = ArgumentArity.ExactlyOne },
            _ => new Option<string[]>(Flag) { HelpName = ValueName ?? "VALUE", Arity = ArgumentArity.OneOrMore },
        };
        option.Description = Default is null ? Description : $"{Description} [default: {Default}]";
        option.Hidden = Hidden;
        return option;
    }
}
