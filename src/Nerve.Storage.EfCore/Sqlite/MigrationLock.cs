using Nerve.Server.Shared;

namespace Nerve.Storage.EfCore.Sqlite;

/// <summary>One process at a time changes a schema. The kernel drops this lock with its process; Entity Framework's own is a row that a
/// killed process leaves behind, for which every later start would wait without end.</summary>
internal static class MigrationLock
{
    private static readonly TimeSpan s_retry = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(1);

    /// <exception cref="DatabaseException">Another process does not come to an end.</exception>
    public static async Task<FileStream> TakeAsync(string database, CancellationToken cancellationToken)
    {
        for (var waited = TimeSpan.Zero; ; waited += s_retry)
        {
            try
            {
                return new FileStream(database + ".lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException exception) when (exception.GetType() == typeof(IOException) && waited < s_patience)
            {
                await Task.Delay(s_retry, TimeProvider.System, cancellationToken);
            }
        }
    }
}
