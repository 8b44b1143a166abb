using MongoDB.Bson;
using Nerve.Protocol.Runs;
using Nerve.Server.Metrics;

namespace Nerve.Storage.MongoDb;

/// <summary>The names of a sample's values.</summary>
internal sealed record SchemaDocument(string Id, IReadOnlyList<string> Series);

/// <summary>One moment of one agent.</summary>
/// <param name="Id">Grows with time: of two documents of one moment the first has the smaller one.</param>
/// <param name="Values"><see cref="PackedValues"/>.</param>
/// <param name="StoredAt">Only where <see cref="At"/> is no day that the server's own expiry understands.</param>
internal sealed record SampleDocument(ObjectId Id, Guid Agent, DateTimeOffset At, string Schema, byte[] Values, DateTimeOffset? StoredAt = null);

/// <summary>A piece of a run's output.</summary>
internal sealed record OutputDocument(ObjectId Id, Guid RunId, long Offset, OutputStream Stream, DateTimeOffset At, byte[] Data);

/// <summary>A task that is being added, where there are no transactions; see <see cref="NewTask"/>.</summary>
internal sealed record AdditionDocument(Guid Id, DateTimeOffset At);
