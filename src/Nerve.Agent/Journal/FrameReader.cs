namespace Nerve.Agent.Journal;

/// <summary>Reads a finished file of output frames from its start.</summary>
internal sealed class FrameReader(string path) : IDisposable
{
    private readonly FileStream _file = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
    private byte[] _data = [];

    public OutputFrame Frame { get; private set; }

    public ReadOnlySpan<byte> Data => _data.AsSpan(0, Frame.Length);

    /// <returns>False at the end, which a frame that is not whole is, too.</returns>
    public bool Next()
    {
        Span<byte> header = stackalloc byte[OutputFrame.HeaderBytes];
        if (_file.ReadAtLeast(header, header.Length, throwOnEndOfStream: false) < header.Length)
        {
            return false;
        }
        Frame = OutputFrame.Read(header);
        if (Frame.Length <= 0 || Frame.Length > _file.Length - _file.Position)
        {
            return false;
        }
        if (_data.Length < Frame.Length)
        {
            _data = new byte[Frame.Length];
        }
        _file.ReadExactly(_data, 0, Frame.Length);
        return true;
    }

    public void Dispose() => _file.Dispose();
}
