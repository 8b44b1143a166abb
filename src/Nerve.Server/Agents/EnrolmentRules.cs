using Nerve.Protocol.Link;
using Nerve.Server.Shared;

namespace Nerve.Server.Agents;

/// <summary>What an agent may say of itself. All problems are named at once.</summary>
internal static class EnrolmentRules
{
    public const int MaxLabels = 64;
    public const int MaxLabelLength = 253;

    public static void Check(EnrolRequest request)
    {
        var errors = new Dictionary<string, string[]>();
        CheckHostname(request.Hostname, errors);
        CheckLabels("labels", request.Labels, errors);
        CheckShort("cluster", request.Cluster, 128, errors);
        CheckShort("fingerprint", request.Fingerprint, 128, errors);
        CheckShort("agentVersion", request.AgentVersion, 64, errors);
        Throw(errors);
    }

    public static void Check(Hello hello)
    {
        var errors = new Dictionary<string, string[]>();
        CheckHostname(hello.Hostname, errors);
        CheckLabels("labels", hello.Labels, errors);
        CheckShort("cluster", hello.Cluster, 128, errors);
        CheckShort("agentVersion", hello.AgentVersion, 64, errors);
        CheckShort("bootId", hello.BootId, 64, errors);
        CheckShort("fingerprint", hello.Fingerprint, 128, errors);
        if (hello.Runs.Count > 10_000)
        {
            errors["runs"] = ["has more than 10000 entries"];
        }

        Throw(errors);
    }

    public static void CheckLabels(string field, IReadOnlyDictionary<string, string>? labels, Dictionary<string, string[]> errors)
    {
        if (labels is null)
        {
            return;
        }

        if (labels.Count > MaxLabels)
        {
            errors[field] = [$"has more than {MaxLabels} entries"];
        }
        else if (labels.Any(label => label.Key.Length is 0 or > MaxLabelLength || label.Value is null || label.Value.Length > MaxLabelLength
            || label.Key.Any(char.IsControl) || label.Value.Any(char.IsControl)))
        {
            errors[field] = [$"must have names of 1 to {MaxLabelLength} and values of at most {MaxLabelLength} printable characters"];
        }
    }

    public static void Throw(Dictionary<string, string[]> errors)
    {
        if (errors.Count > 0)
        {
            throw Problems.Invalid(errors);
        }
    }

    public static void CheckShort(string field, string? text, int longest, Dictionary<string, string[]> errors)
    {
        if (text is not null && (text.Length > longest || text.Any(char.IsControl)))
        {
            errors[field] = [$"must have at most {longest} printable characters"];
        }
    }

    private static void CheckHostname(string hostname, Dictionary<string, string[]> errors)
    {
        if (hostname.Length is 0 or > 253 || hostname.Any(c => char.IsControl(c) || char.IsWhiteSpace(c)))
        {
            errors["hostname"] = ["must have 1 to 253 printable characters without spaces"];
        }
    }
}
