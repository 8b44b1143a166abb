using MongoDB.Bson;
using MongoDB.Bson.IO;
using MongoDB.Bson.Serialization;
using MongoDB.Bson.Serialization.Serializers;

namespace Nerve.Storage.MongoDb;

/// <summary>Labels and environment variables: a list of <c>{k, v}</c>, for their names may hold dots and dollars, which mean something in field
/// names. So an index can hold all of them, too.</summary>
internal sealed class PairsSerializer : SerializerBase<IReadOnlyDictionary<string, string>>
{
    private const string Key = "k";
    private const string Value = "v";

    public override void Serialize(BsonSerializationContext context, BsonSerializationArgs args, IReadOnlyDictionary<string, string> value)
    {
        context.Writer.WriteStartArray();
        foreach (var (key, text) in value)
        {
            context.Writer.WriteStartDocument();
            context.Writer.WriteString(Key, key);
            context.Writer.WriteString(Value, text);
            context.Writer.WriteEndDocument();
        }

        context.Writer.WriteEndArray();
    }

    public override IReadOnlyDictionary<string, string> Deserialize(BsonDeserializationContext context, BsonDeserializationArgs args)
    {
        var pairs = new Dictionary<string, string>();
        context.Reader.ReadStartArray();
        while (context.Reader.ReadBsonType() != BsonType.EndOfDocument)
        {
            context.Reader.ReadStartDocument();
            var key = context.Reader.ReadString(Key);
            pairs[key] = context.Reader.ReadString(Value);
            context.Reader.ReadEndDocument();
        }

        context.Reader.ReadEndArray();
        return pairs;
    }
}
