using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.Data.Sqlite;
using Nerve.Server.Tests.Support;
using Nerve.Storage.EfCore.Sqlite;

namespace Nerve.Server.Tests.Center;

/// <summary>The real program on ground it cannot stand on: exit code 2 and one clear line.</summary>
public sealed class StartTests : IDisposable
{
    /// <summary>The user <c>nobody</c> of every Linux.</summary>
    private const int Nobody = 65534;

    private readonly string _folder = Directory.CreateTempSubdirectory("nerve-start-").FullName;

    private string Data => Path.Combine(_folder, "center");

    public void Dispose()
    {
        File.SetUnixFileMode(_folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Start_PortInUse_SaysWhichAndWhatToDo()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var address = other.LocalEndpoint.ToString()!;

        var (exitCode, error) = await RunAsync("--addr", address, "--data", Data);

        Assert.Equal(2, exitCode);
        Assert.Contains(address, error, StringComparison.Ordinal);
        Assert.Contains("--addr", error, StringComparison.Ordinal);
        Answers.RevealsNothing(error);
    }

    [Fact]
    public async Task Start_DataFolderOfAnotherUser_SaysWhichAndWhatToDo()
    {
        Directory.CreateDirectory(Data);
        File.SetUnixFileMode(Data, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        File.SetUnixFileMode(_folder, (UnixFileMode)Convert.ToInt32("755", 8));

        var (exitCode, error) = await RunAsync(Environment.IsPrivilegedProcess ? Nobody : null, ["--addr", "127.0.0.1:0", "--data", Path.Combine(Data, "inner")]);

        Assert.Equal(2, exitCode);
        Assert.Contains(Data, error, StringComparison.Ordinal);
        Assert.Contains("--data", error, StringComparison.Ordinal);
        Answers.RevealsNothing(error);
    }

    [Fact]
    public async Task Start_DatabaseNewerThanTheProgram_LeavesItAlone()
    {
        Directory.CreateDirectory(Data);
        await DatabaseTemplate.CopyToAsync(Data);
        var file = Path.Combine(Data, SqliteStorage.FileName);
        await ExecuteAsync(file, "INSERT INTO __EFMigrationsHistory VALUES ('99991231235959_FromTheFuture', '99.0.0')");
        var before = await RowsAsync(file);

        var (exitCode, error) = await RunAsync("--addr", "127.0.0.1:0", "--data", Data);

        Assert.Equal(2, exitCode);
        Assert.Contains(file, error, StringComparison.Ordinal);
        Assert.Contains("newer", error, StringComparison.Ordinal);
        Answers.RevealsNothing(error);
        Assert.Equal(before, await RowsAsync(file));
    }

    [Fact]
    public async Task Start_DatabaseThatIsNone_SaysSoAndLeavesItAlone()
    {
        Directory.CreateDirectory(Data);
        var file = Path.Combine(Data, SqliteStorage.FileName);
        var content = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("these are my holiday notes\n", 200)));
        await File.WriteAllBytesAsync(file, content, TestCenter.Cancelled);

        var (exitCode, error) = await RunAsync("--addr", "127.0.0.1:0", "--data", Data);

        Assert.Equal(2, exitCode);
        Assert.Contains(file, error, StringComparison.Ordinal);
        Answers.RevealsNothing(error);
        Assert.Equal(content, await File.ReadAllBytesAsync(file, TestCenter.Cancelled));
    }

    /// <summary>A center of that program may be running on it.</summary>
    [Theory]
    [InlineData("user", "list")]
    [InlineData("db", "check")]
    [InlineData("audit", "verify")]
    public async Task Look_DatabaseOlderThanTheProgram_SaysWhatToDoAndLeavesItAlone(string command, string sub)
    {
        Directory.CreateDirectory(Data);
        await DatabaseTemplate.CopyToAsync(Data);
        var file = Path.Combine(Data, SqliteStorage.FileName);
        await ExecuteAsync(file, "DELETE FROM __EFMigrationsHistory WHERE MigrationId = (SELECT max(MigrationId) FROM __EFMigrationsHistory)");
        var before = await RowsAsync(file);

        var (exitCode, error) = await RunAsync(command, sub, "--data", Data);

        Assert.Equal(2, exitCode);
        Assert.Contains(file, error, StringComparison.Ordinal);
        Assert.Contains("nerve-center db migrate", error, StringComparison.Ordinal);
        Answers.RevealsNothing(error);
        Assert.Equal(before, await RowsAsync(file));
    }

    [Fact]
    public async Task Start_UnknownFlag_IsNamed()
    {
        var (exitCode, error) = await RunAsync("--addres", "127.0.0.1:0", "--data", Data);

        Assert.Equal(2, exitCode);
        Assert.Contains("--addres", error, StringComparison.Ordinal);
    }

    private static Task<(int ExitCode, string Error)> RunAsync(params string[] arguments) => RunAsync(user: null, arguments);

    private static async Task<(int ExitCode, string Error)> RunAsync(int? user, string[] arguments)
    {
        var program = Path.Combine(AppContext.BaseDirectory, "nerve-center.dll");
        string[] drop = user is null ? [] : ["setpriv", $"--reuid={user}", $"--regid={user}", "--clear-groups"];
        string[] line = [.. drop, Environment.ProcessPath is { } path && Path.GetFileName(path) == "dotnet" ? path : "dotnet", program, .. arguments];
        var start = new ProcessStartInfo(line[0], line[1..]) { RedirectStandardError = true, RedirectStandardOutput = true, WorkingDirectory = "/" };
        start.Environment["DOTNET_CLI_HOME"] = "/tmp";
        using var process = Process.Start(start)!;
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(TestCenter.Cancelled);
            var error = await process.StandardError.ReadToEndAsync(TestCenter.Cancelled).WithinLimitAsync();
            await output.WithinLimitAsync();
            await process.WaitForExitAsync(TestCenter.Cancelled).WithinLimitAsync();
            return (process.ExitCode, error);
        }
        finally
        {
            process.Kill(entireProcessTree: true);
        }
    }

    private static async Task ExecuteAsync(string file, string sql)
    {
        await using var connection = new SqliteConnection($"Data Source={file};Pooling=False");
        await connection.OpenAsync(TestCenter.Cancelled);
        await using var command = new SqliteCommand(sql, connection);
        await command.ExecuteNonQueryAsync(TestCenter.Cancelled);
    }

    private static async Task<long> RowsAsync(string file)
    {
        await using var connection = new SqliteConnection($"Data Source={file};Pooling=False");
        await connection.OpenAsync(TestCenter.Cancelled);
        await using var command = new SqliteCommand("SELECT count(*) FROM __EFMigrationsHistory", connection);
        return (long)(await command.ExecuteScalarAsync(TestCenter.Cancelled))!;
    }
}
