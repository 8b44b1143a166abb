namespace Nerve.Storage.EfCore.Sqlite;

/// <summary>Writes output of runs by prepared statements within the transaction of a context, past the change tracker.</summary>
internal static class SqliteOutputs
{
    private const string Add = "INSERT INTO run_outputs (RunId, Offset, Stream, At, Data) VALUES ($RunId, $Offset, $Stream, $At, $Data)";

    private const string SetStored = "UPDATE runs SET StoredBytes = $StoredBytes, OutputHash = NULL WHERE Id = $Id";

    public static Task AddAsync(NerveDbContext context, IReadOnlyList<OutputRow> pieces, CancellationToken cancellationToken) =>
        PreparedStatement.EachAsync(
            context, Add, pieces,
            piece =>
            [
                ("$RunId", piece.RunId), ("$Offset", piece.Offset), ("$Stream", (int)piece.Stream), ("$At", RunColumns.Milliseconds(piece.At)),
                ("$Data", piece.Data),
            ],
            cancellationToken);

    public static Task SetStoredAsync(NerveDbContext context, IReadOnlyList<(Guid RunId, long Bytes)> lengths, CancellationToken cancellationToken) =>
        PreparedStatement.EachAsync(
            context, SetStored, lengths, stored => [("$Id", stored.RunId), ("$StoredBytes", stored.Bytes)], cancellationToken);
}
