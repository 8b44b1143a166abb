using System.Globalization;
using Nerve.Protocol.Runs;

namespace Nerve.Agent.Journal;

/// <summary>
/// The end of an output that is longer than its limit, while it is not known yet which end that is: files of frames
/// (<c>output-end-1</c>, <c>-2</c>, …), of which the last two are kept. They hold at least the last bytes that there is room for.
/// </summary>
internal sealed class OutputEnd(string path, long room) : IDisposable
{
    private readonly long[] _written = new long[Streams];
    private FrameFile? _file;
    private int _number;
    private long _inFile;

    private const int Streams = 3; // by number; there is none of number 0

    public void Append(OutputStream stream, DateTimeOffset at, ReadOnlySpan<byte> data)
    {
        _written[(int)stream] += data.Length;
        if (data.Length > room)
        {
            data = data[^(int)room..];
        }
        if (_file is null || _inFile >= room)
        {
            BeginFile();
        }
        _inFile += data.Length;
        // What the disk does not take is found missing in the end.
        _ = _file!.TryAppend(stream, at, data);
    }

    /// <summary>Puts what is kept of it behind the start of the output, after a line that says how much is not.</summary>
    /// <returns>Whether all of it is there.</returns>
    public bool MoveTo(FrameFile start)
    {
        _file?.Dispose();
        return new EndOfOutput(Files(path), room, _written).CopyTo(start);
    }

    public void Remove()
    {
        foreach (var file in Files(path))
        {
            File.Delete(file);
        }
    }

    /// <summary>Of a supervisor that is gone, and with it the knowledge of how much it dropped.</summary>
    public static void Recover(RunFolder folder, long limit)
    {
        using var output = OutputLogReader.TryOpen(folder);
        if (Files(folder.OutputPath) is { Length: > 0 } files && output?.PositionOf(OutputShares.Start(limit)) is { } position)
        {
            using var start = new FrameFile(folder.OutputPath, FileMode.OpenOrCreate);
            // After a crash in the middle of this it is done again.
            start.CutAt(position);
            _ = new EndOfOutput(files, OutputShares.End(limit), null).CopyTo(start);
            _ = start.TrySync();
        }
    }

    public void Dispose() => _file?.Dispose();

    private void BeginFile()
    {
        _file?.Dispose();
        _file = null;
        if (_number > 1)
        {
            File.Delete(Name(_number - 1));
        }
        _file = new FrameFile(Name(++_number), FileMode.Create);
        _inFile = 0;
    }

    private string Name(int number) => string.Create(CultureInfo.InvariantCulture, $"{path}-end-{number}");

    // The last two in their order: "-end-9" comes before "-end-10".
    private static string[] Files(string path) =>
        [.. Directory.GetFiles(Path.GetDirectoryName(path)!, Path.GetFileName(path) + "-end-*").OrderBy(file => file.Length).ThenBy(file => file, StringComparer.Ordinal)];
}
