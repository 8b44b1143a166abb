using MongoDB.Bson;
using MongoDB.Bson.Serialization;
using MongoDB.Bson.Serialization.Conventions;
using MongoDB.Bson.Serialization.Serializers;
using Nerve.Protocol.Runs;
using Nerve.Server.Audit;
using Nerve.Server.Inventories;
using Nerve.Server.Tasks.Rollouts;

namespace Nerve.Storage.MongoDb;

/// <summary>How the server's records are documents: camelCase fields, enums by name, nulls left out, ids as UUIDs, times as UTC dates.</summary>
internal static class Mapping
{
    private static readonly Lazy<bool> s_registered = new(() =>
    {
        ConventionRegistry.Register(
            "nerve",
            new ConventionPack
            {
                new CamelCaseElementNameConvention(),
                new EnumRepresentationConvention(BsonType.String),
                new IgnoreIfNullConvention(true),
                new IgnoreExtraElementsConvention(true),
                new SerializerConvention(),
            },
            type => type.Namespace?.StartsWith("Nerve.", StringComparison.Ordinal) == true);
        Positional<MachineFacts>();
        Positional<SampleDocument>();
        Positional<RolloutSpec>();
        Positional<RunLimits>();
        BsonClassMap.RegisterClassMap<AuditEntry>(map =>
        {
            map.AutoMap();
            map.MapIdMember(entry => entry.Number);
        });
        return true;
    });

    /// <summary>Once in a process.</summary>
    public static void Register() => _ = s_registered.Value;

    /// <summary>What is left out of the document is null for the constructor.</summary>
    private static void Positional<T>() => BsonClassMap.RegisterClassMap<T>(map =>
    {
        map.AutoMap();
        foreach (var member in map.DeclaredMemberMaps.Where(member => !member.MemberType.IsValueType || Nullable.GetUnderlyingType(member.MemberType) is not null))
        {
            member.SetDefaultValue((object?)null);
        }
    });

    private sealed class SerializerConvention : ConventionBase, IMemberMapConvention
    {
        private static readonly GuidSerializer s_id = new(GuidRepresentation.Standard);
        private static readonly DateTimeOffsetSerializer s_time = new(BsonType.DateTime);
        private static readonly Dictionary<Type, IBsonSerializer> s_serializers = new()
        {
            [typeof(Guid)] = s_id,
            [typeof(Guid?)] = new NullableSerializer<Guid>(s_id),
            [typeof(DateTimeOffset)] = s_time,
            [typeof(DateTimeOffset?)] = new NullableSerializer<DateTimeOffset>(s_time),
            [typeof(IReadOnlyList<Guid>)] =
                new IEnumerableDeserializingAsCollectionSerializer<IReadOnlyList<Guid>, Guid, List<Guid>>(s_id),
            [typeof(IReadOnlyDictionary<string, string>)] = new PairsSerializer(),
        };

        public void Apply(BsonMemberMap memberMap)
        {
            if (s_serializers.TryGetValue(memberMap.MemberType, out var serializer))
            {
                memberMap.SetSerializer(serializer);
            }
        }
    }
}
