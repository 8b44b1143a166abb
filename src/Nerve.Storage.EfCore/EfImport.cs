using Nerve.Protocol.Metrics;
using Nerve.Protocol.Runs;
using Nerve.Server.Shared;
using Nerve.Server.Tasks;

namespace Nerve.Storage.EfCore;

/// <summary>Adds records as they are: all at once, and one by one where some are there already.</summary>
internal static class EfImport
{
    public static async Task RunAsync<T>(Database database, IReadOnlyList<T> records, CancellationToken cancellationToken)
        where T : class
    {
        try
        {
            await AddAsync(database, records, cancellationToken);
        }
        catch (UniqueConflictException) when (records.Count > 1)
        {
            var middle = records.Count / 2;
            await RunAsync(database, [.. records.Take(middle)], cancellationToken);
            await RunAsync(database, [.. records.Skip(middle)], cancellationToken);
        }
        catch (UniqueConflictException)
        {
            // It is there.
        }
    }

    private static Task AddAsync<T>(Database database, IReadOnlyList<T> records, CancellationToken cancellationToken)
        where T : class =>
        database.WriteAsync(
            context =>
            {
                foreach (var record in records)
                {
                    var entry = context.Add(Row(record));
                    if (record is NerveTask task)
                    {
                        entry.Property(NerveDbContext.TaskWords).CurrentValue = task.SearchText;
                    }
                }

                return context.SaveChangesAsync(cancellationToken);
            },
            cancellationToken);

    private static object Row(object record) => record switch
    {
        MetricSchema schema => new SchemaRow(schema.Id, schema.Series),
        RunOutput output => new OutputRow(output.RunId, output.Offset, output.Stream, output.At, output.Data),
        _ => record,
    };
}
