namespace Nerve.Redis;

/// <summary>Whether something is connected, as it was told last.</summary>
/// <remarks>The client says on several threads that something changed. To look, to compare and to tell are one step: otherwise what was seen first may be
/// told last, and stays so.</remarks>
internal sealed class ConnectionState
{
    private readonly Lock _gate = new();
    private bool _isConnected;

    /// <param name="look">Says how it is now.</param>
    /// <param name="tell">Is told when that is not as before. It must not block.</param>
    public void Notice(Func<bool> look, Action<bool> tell)
    {
        lock (_gate)
        {
            var isConnected = look();
            if (isConnected != _isConnected)
            {
                _isConnected = isConnected;
                tell(isConnected);
            }
        }
    }
}
