using System.Text.Json;

namespace Nerve.Protocol.Tests;

/// <summary>Values of any message with every member set, each to something else where its type allows.</summary>
internal static class Filled
{
    private static int s_serial;

    public static object Make(Type type) => type switch
    {
        _ when Nullable.GetUnderlyingType(type) is { } inner => Make(inner),
        _ when type == typeof(string) => $"text \"{++s_serial}\" é+",
        _ when type == typeof(bool) => true,
        _ when type == typeof(byte[]) => new byte[] { 0, 1, 255 },
        _ when type == typeof(Guid) => Guid.CreateVersion7(),
        _ when type == typeof(DateTimeOffset) => new DateTimeOffset(2026, 1, 31, 9, 15, 30, 250, TimeSpan.FromHours(1)),
        _ when type == typeof(double) => ++s_serial + 0.1,
        _ when type == typeof(JsonElement) => JsonSerializer.SerializeToElement(new { a = 1 }),
        _ when type.IsPrimitive => Convert.ChangeType(++s_serial % 100, type),
        _ when type.IsEnum => Enum.GetValues(type).GetValue(1)!,
        _ when type.IsGenericType && type.Name.Contains("Dictionary", StringComparison.Ordinal) => Map(type.GetGenericArguments()),
        _ when type.IsGenericType => List(type.GetGenericArguments()[0]),
        _ => Record(type),
    };

    private static Array List(Type item)
    {
        var list = Array.CreateInstance(item, 2);
        list.SetValue(Make(item), 0);
        list.SetValue(Make(item), 1);
        return list;
    }

    private static System.Collections.IDictionary Map(Type[] pair)
    {
        var map = (System.Collections.IDictionary)Activator.CreateInstance(typeof(SortedDictionary<,>).MakeGenericType(pair))!;
        map[Make(pair[0])] = Make(pair[1]);
        return map;
    }

    private static object Record(Type type)
    {
        var constructor = type.GetConstructors().MaxBy(candidate => candidate.GetParameters().Length)!;
        var value = constructor.Invoke([.. constructor.GetParameters().Select(parameter => Make(parameter.ParameterType))]);
        foreach (var property in type.GetProperties().Where(property => property.CanWrite))
        {
            property.SetValue(value, Make(property.PropertyType));
        }

        return value;
    }
}
