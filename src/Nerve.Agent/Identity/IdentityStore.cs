using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Nerve.Agent.Journal;
using Nerve.Configuration;

namespace Nerve.Agent.Identity;

/// <summary><c>identity.json</c> in the state folder.</summary>
internal sealed partial class IdentityStore(string stateFolder, TimeProvider time, ILogger<IdentityStore> log)
{
    private const int MaxBytes = 64 * 1024;

    private readonly string _path = Path.Combine(stateFolder, "identity.json");

    /// <summary>The stored identity, or null when there is none yet.</summary>
    /// <exception cref="ConfigurationException">There is one and it cannot be used. It is left as it is: only a person can know
    /// whether it may be given up.</exception>
    public AgentIdentity? Load()
    {
        try
        {
            if (!File.Exists(_path))
            {
                return null;
            }

            Tighten();
            if (new FileInfo(_path).Length <= MaxBytes
                && JsonSerializer.Deserialize(File.ReadAllBytes(_path), IdentityJsonContext.Default.AgentIdentity) is { } identity
                && identity.AgentId != Guid.Empty && identity.Credential.Length > 0)
            {
                return identity;
            }

            throw Damaged("it holds no identity");
        }
        catch (JsonException malformed)
        {
            throw Damaged($"line {malformed.LineNumber + 1} is not what was written there");
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException($"{_path} cannot be read: {failure.Message}");
        }
    }

    /// <summary>Replaces the identity: afterwards, also after a power failure, the file is either the old one or the new one.</summary>
    public void Save(AgentIdentity identity) =>
        DurableFile.Write(_path, JsonSerializer.SerializeToUtf8Bytes(identity, IdentityJsonContext.Default.AgentIdentity));

    /// <summary>Gives the identity up but keeps the file under another name.</summary>
    public void SetAside()
    {
        if (!File.Exists(_path))
        {
            return;
        }

        var stamp = time.GetUtcNow().UtcDateTime.ToString("yyyyMMdd'T'HHmmssfff'Z'", CultureInfo.InvariantCulture);
        var aside = $"{_path}.cloned-{stamp}";
        File.Move(_path, aside, overwrite: true);
        LogSetAside(aside);
    }

    private void Tighten()
    {
        var mode = File.GetUnixFileMode(_path);
        if ((mode & ~DurableFile.OwnerOnly) != 0)
        {
            File.SetUnixFileMode(_path, DurableFile.OwnerOnly);
            LogTightened(_path, Convert.ToString((int)mode, 8));
        }
    }

    private ConfigurationException Damaged(string why) => new(
        $"{_path} is damaged: {why}. Restore it from a backup, or move it away to enrol this machine as a new agent");

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Path} holds a secret and had permissions {Mode}; they are 600 now. Enrol again if others could read it")]
    private partial void LogTightened(string path, string mode);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The identity of another machine was moved to {Path}; this machine enrols as a new agent")]
    private partial void LogSetAside(string path);
}
