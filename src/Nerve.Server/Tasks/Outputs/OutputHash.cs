using System.Security.Cryptography;
using Nerve.Protocol.Runs;

namespace Nerve.Server.Tasks.Outputs;

/// <summary>The same for two runs that wrote the same to standard output and the same to standard error, however the two took turns.</summary>
public sealed class OutputHash : IDisposable
{
    private readonly IncrementalHash _out = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly IncrementalHash _error = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    /// <summary>In place of the hash of an output that is no longer kept.</summary>
    public const string Expired = "expired";

    /// <summary>Of a run that wrote nothing.</summary>
    public static string OfNothing { get; } = Empty();

    public void Add(RunOutput piece) => (piece.Stream == OutputStream.Stderr ? _error : _out).AppendData(piece.Data);

    /// <summary>SHA-256 over the SHA-256 of each stream, in hexadecimal.</summary>
    public string Finish() => Convert.ToHexStringLower(SHA256.HashData([.. _out.GetHashAndReset(), .. _error.GetHashAndReset()]));

    public void Dispose()
    {
        _out.Dispose();
        _error.Dispose();
    }

    private static string Empty()
    {
        using var hash = new OutputHash();
        return hash.Finish();
    }
}
