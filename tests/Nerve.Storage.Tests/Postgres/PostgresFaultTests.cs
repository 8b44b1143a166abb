using System.Diagnostics;
using Nerve.Server.Shared;
using Nerve.Storage.Contracts;
using Nerve.Storage.EfCore.Postgres;
using Npgsql;

namespace Nerve.Storage.Tests.Postgres;

/// <summary>What PostgreSQL itself says when a write fails is understood.</summary>
public sealed class PostgresFaultTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task FaultOf_AStandbyThatOnlyReads_IsReadOnly()
    {
        var (server, name) = await PostgresStores.CreateAsync();
        await server.ExecuteAsync($"ALTER DATABASE {name} SET default_transaction_read_only = on");

        Assert.Equal(StoreFault.ReadOnly, await FaultOfWritingAsync(server, name));
    }

    [Fact]
    public async Task FaultOf_ADiskWithoutRoom_IsFull()
    {
        var (server, name) = await PostgresStores.CreateAsync();
        var disk = Directory.CreateTempSubdirectory("nerve-full-").FullName;
        Assert.SkipUnless(Run("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", disk), "No small disk can be mounted here (root and CAP_SYS_ADMIN are needed).");
        try
        {
            Run("chown", "--reference", await DataDirectoryAsync(server), disk);
            Run("chmod", "a+rx", disk);
            await server.ExecuteAsync($"CREATE TABLESPACE {name}_full LOCATION '{disk}'");
            await server.ExecuteAsync($"ALTER TABLE agents SET TABLESPACE {name}_full", name);

            Assert.Equal(StoreFault.Full, await FaultOfWritingAsync(server, name));

            await server.ExecuteAsync($"DROP DATABASE {name} WITH (FORCE)");
            await server.ExecuteAsync($"DROP TABLESPACE {name}_full");
        }
        finally
        {
            Run("umount", "--lazy", disk);
        }
    }

    private static async Task<StoreFault?> FaultOfWritingAsync(PostgresServer server, string name)
    {
        using var database = new PostgresDatabase(server.UrlOf(name), TimeProvider.System);
        var failure = await Record.ExceptionAsync(() => database.WriteAsync(
            context =>
            {
                context.Agents.AddRange(Enumerable.Range(0, 10_000).Select(_ => Build.Agent()));
                return context.SaveChangesAsync(Cancel);
            },
            Cancel));
        Assert.NotNull(failure);
        return database.FaultOf(failure.GetBaseException());
    }

    private static async Task<string> DataDirectoryAsync(PostgresServer server)
    {
        await using var source = NpgsqlDataSource.Create(server.ConnectionString("postgres"));
        await using var command = source.CreateCommand("SHOW data_directory");
        return (string)(await command.ExecuteScalarAsync(Cancel))!;
    }

    private static bool Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        process.WaitForExit();
        return process.ExitCode == 0;
    }
}
