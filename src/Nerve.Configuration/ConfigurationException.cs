namespace Nerve.Configuration;

/// <summary>The program cannot work as it was configured. <see cref="Errors"/> says everything that is wrong, one line each.</summary>
public sealed class ConfigurationException(IReadOnlyList<string> errors) : Exception(string.Join(Environment.NewLine, errors))
{
    public ConfigurationException(string error) : this([error])
    {
    }

    public IReadOnlyList<string> Errors { get; } = errors;
}
