namespace Nerve.Server.Shared;

/// <summary>Why a database does not do its work for the moment. It heals without the center being started again.</summary>
public enum StoreFault
{
    /// <summary>It does not answer, or refuses for now.</summary>
    Away,

    /// <summary>It can be read, but takes no changes: a standby server, a file or disk mounted to be read only, a user without the right.</summary>
    ReadOnly,

    /// <summary>Its disk has no room.</summary>
    Full,

    /// <summary>What it holds cannot be read any more.</summary>
    Damaged,
}
