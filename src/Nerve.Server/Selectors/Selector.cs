namespace Nerve.Server.Selectors;

/// <summary>Which things are meant, by their labels: every requirement must hold. Without requirements everything is meant.</summary>
/// <remarks>
/// The syntax and its meaning are those of Kubernetes label selectors
/// (https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors): <c>a=b</c>, <c>a==b</c>, <c>a!=b</c>,
/// <c>a in (b,c)</c>, <c>a notin (b,c)</c>, <c>a</c>, <c>!a</c>, <c>a&gt;1</c>, <c>a&lt;7</c>, joined by commas. Nerve adds <c>&gt;=</c> and
/// <c>&lt;=</c>, and double quotes around words with spaces or signs in them: <c>gpu.model="NVIDIA H100 80GB HBM3"</c>.
/// </remarks>
public sealed record Selector(IReadOnlyList<Requirement> Requirements)
{
    /// <summary>Longer texts are refused.</summary>
    public const int MaxLength = 4096;

    public static Selector Everything { get; } = new([]);

    /// <exception cref="SelectorSyntaxException">The text is no selector; it says where.</exception>
    public static Selector Parse(string text) => new SelectorParser(text).Parse();

    /// <param name="valueOf">What a requirement is about: the value under its key, or null if there is no such key.</param>
    public bool Matches(Func<Requirement, string?> valueOf) => Requirements.All(requirement => requirement.IsMetBy(valueOf(requirement)));

    public bool Matches(IReadOnlyDictionary<string, string> labels) => Matches(requirement => labels.GetValueOrDefault(requirement.Key));

    public override string ToString() => string.Join(',', Requirements);
}
