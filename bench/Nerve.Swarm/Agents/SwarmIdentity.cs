using System.Text.Json;
using System.Text.Json.Serialization;

namespace Nerve.Swarm.Agents;

/// <summary>Who an agent of the swarm is at the center.</summary>
internal sealed record SwarmIdentity(int Number, Guid AgentId, string Credential);

/// <summary>The swarm's identities, kept in a file if there is one, so that the next run is the same fleet.</summary>
internal sealed class IdentityBook
{
    private readonly string? _file;
    private readonly Dictionary<int, SwarmIdentity> _known = [];
    private readonly Lock _gate = new();

    public IdentityBook(string? file)
    {
        _file = file;
        if (file is not null && File.Exists(file))
        {
            foreach (var identity in JsonSerializer.Deserialize(File.ReadAllText(file), SwarmJson.Default.ListSwarmIdentity) ?? [])
            {
                _known[identity.Number] = identity;
            }
        }
    }

    public SwarmIdentity? Find(int number)
    {
        lock (_gate)
        {
            return _known.GetValueOrDefault(number);
        }
    }

    public void Put(SwarmIdentity identity)
    {
        lock (_gate)
        {
            _known[identity.Number] = identity;
        }
    }

    public void Forget(int number)
    {
        lock (_gate)
        {
            _known.Remove(number);
        }
    }

    public void Save()
    {
        if (_file is null)
        {
            return;
        }

        using var file = new FileStream(_file, new FileStreamOptions
        {
            Mode = FileMode.Create,
            Access = FileAccess.Write,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        });
        lock (_gate)
        {
            JsonSerializer.Serialize(file, [.. _known.Values.OrderBy(identity => identity.Number)], SwarmJson.Default.ListSwarmIdentity);
        }
    }
}

[JsonSerializable(typeof(List<SwarmIdentity>))]
internal sealed partial class SwarmJson : JsonSerializerContext;
