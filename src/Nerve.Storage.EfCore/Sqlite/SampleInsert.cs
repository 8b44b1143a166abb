using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;

namespace Nerve.Storage.EfCore.Sqlite;

/// <summary>Adds samples by one prepared statement within the transaction of a context; those that are there already are left as they are.</summary>
internal sealed class SampleInsert : IAsyncDisposable
{
    private const string Insert = "INSERT OR IGNORE INTO samples (AgentId, At, SchemaId, \"Values\") VALUES ($agent, $at, $schema, $values)";

    private readonly SqliteCommand _command;
    private readonly SqliteParameter _agent;
    private readonly SqliteParameter _at;
    private readonly SqliteParameter _schema;
    private readonly SqliteParameter _values;

    /// <param name="context">In a transaction.</param>
    public SampleInsert(NerveDbContext context)
    {
        _command = new SqliteCommand(
            Insert, (SqliteConnection)context.Database.GetDbConnection(), (SqliteTransaction)context.Database.CurrentTransaction!.GetDbTransaction());
        _agent = _command.Parameters.Add("$agent", SqliteType.Text);
        _at = _command.Parameters.Add("$at", SqliteType.Integer);
        _schema = _command.Parameters.Add("$schema", SqliteType.Text);
        _values = _command.Parameters.Add("$values", SqliteType.Blob);
    }

    public Task AddAsync(Guid agent, DateTimeOffset at, string schema, byte[] values, CancellationToken cancellationToken)
    {
        _agent.Value = agent;
        _at.Value = at.ToUnixTimeMilliseconds();
        _schema.Value = schema;
        _values.Value = values;
        return _command.ExecuteNonQueryAsync(cancellationToken);
    }

    public ValueTask DisposeAsync() => _command.DisposeAsync();
}
