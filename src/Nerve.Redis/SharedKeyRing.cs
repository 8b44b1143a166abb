using System.Xml;
using System.Xml.Linq;
using Microsoft.AspNetCore.DataProtection.Repositories;
using Nerve.Server.Nodes;

namespace Nerve.Redis;

/// <summary>The keys that session cookies are protected with: every node has all of them in its own folder, and Redis hands them around, so that a
/// session opened at one node holds at each. Redis may be away or emptied: what a node has it gives again.</summary>
internal sealed class SharedKeyRing(IXmlRepository own, RedisConnection redis) : IXmlRepository
{
    private static readonly string s_key = RedisConnection.Key("keys");

    public IReadOnlyCollection<XElement> GetAllElements()
    {
        var here = own.GetAllElements().ToDictionary(NameOf, StringComparer.Ordinal);
        foreach (var (name, element) in Shared())
        {
            if (here.TryAdd(name, element))
            {
                own.StoreElement(element, name);
            }
        }

        foreach (var (name, element) in here)
        {
            Share(element, name);
        }

        return here.Values;
    }

    public void StoreElement(XElement element, string friendlyName)
    {
        own.StoreElement(element, friendlyName);
        Share(element, friendlyName);
    }

    private IReadOnlyList<(string Name, XElement Element)> Shared()
    {
        try
        {
            return [.. from entry in redis.DoAsync(database => database.HashGetAllAsync(s_key)).GetAwaiter().GetResult()
                let element = Parse(entry.Value.ToString())
                where element is not null
                select (entry.Name.ToString(), element)];
        }
        catch (NodesUnavailableException)
        {
            return [];
        }
    }

    private void Share(XElement element, string name)
    {
        try
        {
            redis.DoAsync(database => database.HashSetAsync(s_key, name, element.ToString(SaveOptions.DisableFormatting))).GetAwaiter().GetResult();
        }
        catch (NodesUnavailableException)
        {
            // Given again with the next look at the ring.
        }
    }

    /// <summary>Null for what is no XML: a stranger may write into Redis too.</summary>
    private static XElement? Parse(string text)
    {
        try
        {
            return XElement.Parse(text);
        }
        catch (XmlException)
        {
            return null;
        }
    }

    /// <summary>As the framework names them: keys by their id, revocations by their content.</summary>
    private static string NameOf(XElement element) =>
        element.Attribute("id") is { } id ? $"key-{id.Value}" : $"revocation-{Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(element.ToString())))}";
}
