using System.CommandLine;
using Nerve.Configuration;
using Nerve.Server.Portable;
using Nerve.Server.Shared;

namespace Nerve.Center.Commands;

/// <summary>A fleet as one file, and from one database into another.</summary>
internal static class PortableCommands
{
    public static Command Backup()
    {
        var file = FileArgument();
        var command = new Command("backup", "Write everything into one compressed file that any kind of store can be restored from; the center may run.") { file }
            .WithSettings(CenterSettings.Table);
        command.SetAction((parsed, cancellationToken) => Offline.LookAsync(
            parsed,
            async services =>
            {
                var path = Path.GetFullPath(parsed.GetRequiredValue(file));
                var storage = services.GetRequiredService<IStorage>();
                await PartlyFilled.RefuseAsync(storage, StartException.Failed, cancellationToken);
                try
                {
                    Show(await BackupFile.WriteAsync(path, Portable(storage), TimeProvider.System.GetUtcNow(), cancellationToken));
                }
                catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
                {
                    throw new StartException($"The backup could not be written: {problem.Message}", StartException.Failed, problem);
                }

                Console.WriteLine($"{path} is written. Keep it as safe as the database: it holds hashes of passwords and tokens.");
                return 0;
            },
            cancellationToken));
        return command;
    }

    public static Command Restore()
    {
        var file = FileArgument();
        var command = new Command("restore", "Read such a file into an empty database; it is checked to its end before anything is changed.") { file }
            .WithSettings(CenterSettings.Table);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var path = Path.GetFullPath(parsed.GetRequiredValue(file));
            var expected = await TellAsync(() => BackupFile.CheckAsync(path, cancellationToken));
            return await Offline.RunAsync(
                parsed,
                async services =>
                {
                    var storage = services.GetRequiredService<IStorage>();
                    await BeginAsync(storage, new Filling(path, $"nerve-center db restore {path}", TimeProvider.System.GetUtcNow()), cancellationToken);
                    await BackupFile.RestoreAsync(path, Portable(storage), cancellationToken);
                    await EnsureSameAsync(storage, expected, cancellationToken);
                    await Portable(storage).EndFillingAsync(cancellationToken);
                    Show(expected);
                    Console.WriteLine($"{storage.Name} is restored.");
                    return 0;
                },
                cancellationToken,
                Expiry.Never);
        });
        return command;
    }

    public static Command Copy()
    {
        var from = new Option<string>("--from") { Description = "The database to read: sqlite:FILE, a URL, env:NAME or file:PATH.", Required = true, HelpName = "STORE" };
        var to = new Option<string>("--to") { Description = "The database to write.", Required = true, HelpName = "STORE" };
        var command = new Command("copy", "Copy a fleet from any store into any other and compare them; done again, it goes on where it was cut off. Stop the center before.") { from, to }
            .WithSettings(CenterSettings.Table);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var (fromText, toText) = (parsed.GetRequiredValue(from), parsed.GetRequiredValue(to));
            using var source = await StoreAddress.OpenSourceAsync("--from", fromText, cancellationToken);
            using var target = await StoreAddress.OpenAsync("--to", toText, cancellationToken);
            if (source.Name == target.Name)
            {
                throw new StartException($"--from and --to are the same database, {source.Name}.");
            }

            return await Midway.ExplainAsync(
                () => CopyAsync(source, target, $"nerve-center db copy --from {fromText} --to {toText}", cancellationToken), source, target);
        });
        return command;
    }

    private static async Task<int> CopyAsync(IStorage source, IStorage target, string again, CancellationToken cancellationToken)
    {
        await PartlyFilled.RefuseAsync(source, StartException.Failed, cancellationToken);
        await TellOfEarlierAsync(target, cancellationToken);
        var different = await CopyJob.RunAsync(
            Portable(source), Portable(target), new Filling(source.Name, again, TimeProvider.System.GetUtcNow()), Show, cancellationToken);
        if (different.Count > 0)
        {
            throw new StartException(
                $"{target.Name} differs from {source.Name} in: {string.Join(", ", different)}. It was not empty, or the source changed meanwhile: stop the center and do it again, into an empty database if it had another fleet.",
                StartException.Failed);
        }

        Console.WriteLine($"{target.Name} holds what {source.Name} holds.");
        return 0;
    }

    private static Argument<string> FileArgument() => new("FILE") { Description = "The backup." };

    private static IPortableStorage Portable(IStorage storage) => (IPortableStorage)storage;

    /// <summary>In an empty database, or one in which a restore was cut off.</summary>
    private static async Task BeginAsync(IStorage storage, Filling filling, CancellationToken cancellationToken)
    {
        if (!await TellOfEarlierAsync(storage, cancellationToken) && await Section.FirstFilledAsync(Portable(storage), cancellationToken) is { } filled)
        {
            throw new StartException(
                $"{storage.Name} is not empty (it has {filled.Name}), and a restore overwrites nothing: give it an empty database or another --data.",
                StartException.Failed);
        }

        await Portable(storage).BeginFillingAsync(filling, cancellationToken);
    }

    /// <summary>Whether something was begun here and did not come to its end.</summary>
    private static async Task<bool> TellOfEarlierAsync(IStorage storage, CancellationToken cancellationToken)
    {
        if (await Portable(storage).FindFillingAsync(cancellationToken) is not { } earlier)
        {
            return false;
        }

        Console.WriteLine($"{storage.Name} is only partly filled from {earlier.Source}, since {earlier.Since:yyyy-MM-dd HH:mm:ss} UTC; going on.");
        return true;
    }

    private static async Task EnsureSameAsync(
        IStorage storage, IReadOnlyDictionary<string, SectionSum> expected, CancellationToken cancellationToken)
    {
        await using var snapshot = await Portable(storage).SnapshotAsync(cancellationToken);
        foreach (var section in Section.All)
        {
            if (await section.SumAsync(snapshot, cancellationToken) != expected.GetValueOrDefault(section.Name))
            {
                throw new StartException($"After the restore {storage.Name} differs from the backup in: {section.Name}. If something else was brought into it before, restore into another, empty database.", StartException.Failed);
            }
        }
    }

    private static async Task<T> TellAsync<T>(Func<Task<T>> work)
    {
        try
        {
            return await work();
        }
        catch (DatabaseException problem)
        {
            throw new StartException(problem.Message, StartException.Failed, problem);
        }
    }

    private static void Show(IReadOnlyDictionary<string, SectionSum> sums)
    {
        foreach (var section in Section.All)
        {
            Show(section, sums.GetValueOrDefault(section.Name));
        }
    }

    private static void Show(Section section, SectionSum sum) => Console.WriteLine($"{section.Name}\t{sum.Count}\t{sum.Checksum}");
}
