using Nerve.Storage.Contracts;

namespace Nerve.Storage.Tests.Sqlite;

public sealed class SqliteAgentStoreTests : AgentStoreContract
{
    protected override ValueTask<TestStores> OpenAsync() => SqliteStores.OpenAsync();
}

public sealed class SqliteHeartbeatStoreTests : HeartbeatStoreContract
{
    protected override ValueTask<TestStores> OpenAsync() => SqliteStores.OpenAsync();
}

public sealed class SqliteMetricStoreTests : MetricStoreContract
{
    protected override ValueTask<TestStores> OpenAsync() => SqliteStores.OpenAsync();
}

public sealed class SqliteInventoryStoreTests : InventoryStoreContract
{
    protected override ValueTask<TestStores> OpenAsync() => SqliteStores.OpenAsync();
}

public sealed class SqliteTaskStoreTests : TaskStoreContract
{
    protected override ValueTask<TestStores> OpenAsync() => SqliteStores.OpenAsync();
}

public sealed class SqliteRunTests : RunContract
{
    protected override ValueTask<TestStores> OpenAsync() => SqliteStores.OpenAsync();
}

public sealed class SqliteRunOutputTests : RunOutputContract
{
    protected override ValueTask<TestStores> OpenAsync() => SqliteStores.OpenAsync();
}

public sealed class SqliteUserStoreTests : UserStoreContract
{
    protected override ValueTask<TestStores> OpenAsync() => SqliteStores.OpenAsync();
}

public sealed class SqliteTokenStoreTests : TokenStoreContract
{
    protected override ValueTask<TestStores> OpenAsync() => SqliteStores.OpenAsync();
}

public sealed class SqliteAgentSettingsStoreTests : AgentSettingsStoreContract
{
    protected override ValueTask<TestStores> OpenAsync() => SqliteStores.OpenAsync();
}

public sealed class SqliteRollUpTests : RollUpContract
{
    protected override ValueTask<TestStores> OpenAsync() => SqliteStores.OpenAsync();
}

public sealed class SqliteRolloutTests : RolloutContract
{
    protected override ValueTask<TestStores> OpenAsync() => SqliteStores.OpenAsync();
}

public sealed class SqliteRunBatchTests : RunBatchContract
{
    protected override ValueTask<TestStores> OpenAsync() => SqliteStores.OpenAsync();
}

public sealed class SqliteAuditTests : AuditStoreContract
{
    protected override ValueTask<TestStores> OpenAsync() => SqliteStores.OpenAsync();
}
