using System.Text.Json;

namespace Nerve.Server.Inventories.Changes;

/// <summary>Finds the elements of one list in another by what they are, not by where they stand.</summary>
internal static class ElementPairs
{
    /// <summary>Every element of both lists once; one that is in one list only comes alone.</summary>
    public static IReadOnlyList<(JsonElement? Old, JsonElement? New)> Of(ElementKind kind, IReadOnlyList<JsonElement> from, IReadOnlyList<JsonElement> to)
    {
        var pairs = new List<(JsonElement? Old, JsonElement? New)>();
        var (old, now) = (from.ToList(), to.ToList());
        for (var rank = 0; rank < kind.Keys.Length; rank++)
        {
            Pair(UniqueBy(kind.Keys[rank], old, now).Where(pair => !Contradict(kind.Keys.Take(rank), pair.Old, pair.New)));
        }

        // Twins, which nothing tells apart: in their order.
        foreach (var twins in old.GroupBy(kind.IdOf, StringComparer.Ordinal).ToList())
        {
            Pair(twins.Zip(now.Where(element => kind.IdOf(element) == twins.Key)).Where(pair => !Contradict(kind.Keys, pair.First, pair.Second)));
        }

        pairs.AddRange(old.Select(element => ((JsonElement?)element, (JsonElement?)null)));
        pairs.AddRange(now.Select(element => ((JsonElement?)null, (JsonElement?)element)));
        return pairs;

        void Pair(IEnumerable<(JsonElement Old, JsonElement New)> found)
        {
            foreach (var (before, after) in found.ToList())
            {
                old.Remove(before);
                now.Remove(after);
                pairs.Add((before, after));
            }
        }
    }

    private static IEnumerable<(JsonElement Old, JsonElement New)> UniqueBy(string key, List<JsonElement> old, List<JsonElement> now) =>
        from before in old.GroupBy(element => ElementKind.KeyOf(element, key), StringComparer.Ordinal)
        join after in now.GroupBy(element => ElementKind.KeyOf(element, key), StringComparer.Ordinal) on before.Key equals after.Key
        where before.Key is not null && before.Count() == 1 && after.Count() == 1
        select (before.Single(), after.Single());

    /// <summary>A surer key says that they are two: another card in the same slot is another card.</summary>
    private static bool Contradict(IEnumerable<string> keys, JsonElement old, JsonElement now) => keys.Any(key =>
        ElementKind.KeyOf(old, key) is { } before && ElementKind.KeyOf(now, key) is { } after && before != after);
}
