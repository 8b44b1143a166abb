using System.IO.Compression;
using System.Text.Json;
using Nerve.Server.Shared;

namespace Nerve.Server.Portable;

/// <summary>One portable file: gzip of lines of JSON. The first says what it is; then, of each section, a line with its name and its records; the
/// last has every section's count and checksum, so that a file without its end is known as such.</summary>
public static class BackupFile
{
    private const string Format = "nerve-backup";
    private const int Version = 1;
    private const int RecordsAtOnce = 500;

    private sealed record Line(string? Format = null, int? Version = null, DateTimeOffset? CreatedAt = null, string? Section = null, IReadOnlyDictionary<string, Sum>? End = null);

    private sealed record Sum(long Count, string Checksum);

    /// <summary>Writes beside the file and moves it into place when it is whole; readable by its owner only, for it holds hashes of secrets. Nothing is
    /// left of one that could not be written to its end.</summary>
    public static async Task<IReadOnlyDictionary<string, SectionSum>> WriteAsync(
        string path, IPortableStorage source, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var partial = path + ".partial";
        try
        {
            var sums = await WritePartialAsync(partial, source, now, cancellationToken);
            File.Move(partial, path, overwrite: true);
            return sums;
        }
        catch
        {
            File.Delete(partial);
            throw;
        }
    }

    private static async Task<IReadOnlyDictionary<string, SectionSum>> WritePartialAsync(
        string partial, IPortableStorage source, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var file = new FileStream(partial, new FileStreamOptions
        {
            Mode = FileMode.Create,
            Access = FileAccess.Write,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        });
        IReadOnlyDictionary<string, SectionSum> sums;
        await using (var writer = new StreamWriter(new GZipStream(file, CompressionLevel.Optimal, leaveOpen: true)))
        {
            await writer.WriteLineAsync(Text(new Line(Format, Version, now)));
            await using var snapshot = await source.SnapshotAsync(cancellationToken);
            sums = await WriteSectionsAsync(writer, snapshot, cancellationToken);
            await writer.WriteLineAsync(Text(new Line(End: sums.ToDictionary(sum => sum.Key, sum => new Sum(sum.Value.Count, sum.Value.Checksum)))));
        }

        await file.FlushAsync(cancellationToken);
        RandomAccess.FlushToDisk(file.SafeFileHandle);
        return sums;
    }

    private static async Task<IReadOnlyDictionary<string, SectionSum>> WriteSectionsAsync(
        StreamWriter writer, ISnapshot snapshot, CancellationToken cancellationToken)
    {
        var sums = new Dictionary<string, SectionSum>();
        foreach (var section in Section.All)
        {
            await writer.WriteLineAsync(Text(new Line(Section: section.Name)));
            var sum = default(SectionSum);
            await foreach (var record in section.ReadAsync(snapshot, cancellationToken))
            {
                await writer.WriteLineAsync(record);
                sum = sum.With(record);
            }

            sums[section.Name] = sum;
        }

        return sums;
    }

    /// <summary>Reads all of it without changing anything.</summary>
    /// <returns>The sums of a database that was restored from it.</returns>
    /// <exception cref="DatabaseException">It is no whole, undamaged backup that this program understands.</exception>
    public static async Task<IReadOnlyDictionary<string, SectionSum>> CheckAsync(string path, CancellationToken cancellationToken)
    {
        var sums = Section.All.ToDictionary(section => section.Name, _ => default(SectionSum));
        await ReadAsync(path, "Nothing has been changed.", (section, lines) =>
        {
            sums[section.Name] = lines.Aggregate(sums[section.Name], (sum, line) => sum.With(section.Normalise(line)));
            return Task.CompletedTask;
        }, cancellationToken);
        return sums;
    }

    /// <summary>After <see cref="CheckAsync"/>.</summary>
    /// <exception cref="DatabaseException">It changed meanwhile.</exception>
    public static Task RestoreAsync(string path, IPortableStorage target, CancellationToken cancellationToken) =>
        ReadAsync(
            path, "It was whole a moment ago: restore a copy that nobody writes to, into another empty database.",
            (section, lines) => section.ImportAsync(target, lines, cancellationToken), cancellationToken);

    private static async Task<IReadOnlyDictionary<string, SectionSum>> ReadAsync(
        string path, string advice, Func<Section, IReadOnlyList<string>, Task> take, CancellationToken cancellationToken)
    {
        try
        {
            await using var file = File.OpenRead(path);
            using var reader = new StreamReader(new GZipStream(file, CompressionMode.Decompress));
            EnsureUnderstood(await reader.ReadLineAsync(cancellationToken));
            return await ReadSectionsAsync(reader, take, cancellationToken);
        }
        catch (Exception exception) when (exception is IOException or InvalidDataException or JsonException or UnauthorizedAccessException)
        {
            throw new DatabaseException($"{path} is no undamaged backup: {exception.Message.TrimEnd('.')}. {advice}", exception);
        }
    }

    private static void EnsureUnderstood(string? first)
    {
        var line = first is null ? null : JsonSerializer.Deserialize<Line>(first, JsonSerializerOptions.Web);
        if (line?.Format != Format)
        {
            throw new InvalidDataException("it does not begin as a backup of nerve-center does");
        }

        if (line.Version != Version)
        {
            throw new InvalidDataException($"it has the format {line.Version}, this program knows {Version}");
        }
    }

    private static async Task<IReadOnlyDictionary<string, SectionSum>> ReadSectionsAsync(
        StreamReader reader, Func<Section, IReadOnlyList<string>, Task> take, CancellationToken cancellationToken)
    {
        var sums = new Dictionary<string, SectionSum>();
        Section? section = null;
        var lines = new List<string>(RecordsAtOnce);
        while (await reader.ReadLineAsync(cancellationToken) is { } text)
        {
            if (text.StartsWith("{\"section\":", StringComparison.Ordinal) || text.StartsWith("{\"end\":", StringComparison.Ordinal))
            {
                await FlushAsync();
                var line = JsonSerializer.Deserialize<Line>(text, JsonSerializerOptions.Web)!;
                if (line.End is { } end)
                {
                    return await reader.ReadLineAsync(cancellationToken) is null && IsSame(end, sums)
                        ? sums
                        : throw new InvalidDataException("its records are not those that its end counts");
                }

                section = Section.All.FirstOrDefault(known => known.Name == line.Section)
                    ?? throw new InvalidDataException($"it has the section '{line.Section}', which this program does not know");
                sums[section.Name] = default;
            }
            else if (section is null)
            {
                throw new InvalidDataException("it has a record outside of every section");
            }
            else
            {
                sums[section.Name] = sums[section.Name].With(text);
                lines.Add(text);
                if (lines.Count == RecordsAtOnce)
                {
                    await FlushAsync();
                }
            }
        }

        throw new InvalidDataException("it has no end: it was cut off");

        async Task FlushAsync()
        {
            if (section is not null && lines.Count > 0)
            {
                await take(section, lines);
                lines.Clear();
            }
        }
    }

    private static bool IsSame(IReadOnlyDictionary<string, Sum> told, Dictionary<string, SectionSum> found) =>
        told.Count == found.Count && found.All(sum => told.TryGetValue(sum.Key, out var said) && said == new Sum(sum.Value.Count, sum.Value.Checksum));

    private static string Text(Line line) => JsonSerializer.Serialize(line, s_leavingOut);

    private static readonly JsonSerializerOptions s_leavingOut = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull,
    };
}
