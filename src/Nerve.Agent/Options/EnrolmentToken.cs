using Nerve.Configuration;

namespace Nerve.Agent.Options;

/// <summary>The enrolment token: a text, or a file that is read anew each time, so that a new token needs no restart.</summary>
internal sealed class EnrolmentToken
{
    private const int MaxBytes = 16 * 1024;

    private readonly string? _text;
    private readonly string? _file;

    private EnrolmentToken(string? text, string? file) => (_text, _file) = (text, file);

    public static EnrolmentToken None { get; } = new(null, null);

    public bool IsConfigured => _text is not null || _file is not null;

    public static EnrolmentToken FromText(string text) => new(text.Trim(), null);

    public static EnrolmentToken FromFile(string file) => new(null, file);

    /// <summary>A flag beats a variable; of two that came the same way the token beats the file.</summary>
    public static EnrolmentToken From(Settings settings)
    {
        var (text, file) = (settings.Text("token"), settings.Text("token-file"));
        var fileWins = text is null || (settings.Origin("token-file") == "--token-file" && settings.Origin("token") != "--token");
        return (fileWins, file, text) switch
        {
            (true, { }, _) => FromFile(file),
            (_, _, { }) => FromText(text),
            _ => None,
        };
    }

    /// <summary>The token, or null and why there is none.</summary>
    public (string? Token, string? Problem) Read()
    {
        if (_file is null)
        {
            return _text is { Length: > 0 } ? (_text, null) : (null, "there is no enrolment token: give one with --token-file or NERVE_TOKEN");
        }

        try
        {
            using var file = new FileStream(_file, FileMode.Open, FileAccess.Read);
            var bytes = new byte[MaxBytes];
            var token = System.Text.Encoding.UTF8.GetString(bytes, 0, file.ReadAtLeast(bytes, MaxBytes, throwOnEndOfStream: false)).Trim();
            return token.Length > 0 && !token.Any(char.IsWhiteSpace)
                ? (token, null)
                : (null, $"the token file {_file} does not hold one token and nothing else");
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return (null, $"the token file cannot be read: {failure.Message}");
        }
    }
}
