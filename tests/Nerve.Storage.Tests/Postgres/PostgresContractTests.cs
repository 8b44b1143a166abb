using Nerve.Storage.Contracts;

namespace Nerve.Storage.Tests.Postgres;

public sealed class PostgresAgentStoreTests : AgentStoreContract
{
    protected override ValueTask<TestStores> OpenAsync() => PostgresStores.OpenAsync();
}

public sealed class PostgresHeartbeatStoreTests : HeartbeatStoreContract
{
    protected override ValueTask<TestStores> OpenAsync() => PostgresStores.OpenAsync();
}

public sealed class PostgresMetricStoreTests : MetricStoreContract
{
    protected override ValueTask<TestStores> OpenAsync() => PostgresStores.OpenAsync();
}

public sealed class PostgresInventoryStoreTests : InventoryStoreContract
{
    protected override ValueTask<TestStores> OpenAsync() => PostgresStores.OpenAsync();
}

public sealed class PostgresTaskStoreTests : TaskStoreContract
{
    protected override ValueTask<TestStores> OpenAsync() => PostgresStores.OpenAsync();
}

public sealed class PostgresRunTests : RunContract
{
    protected override ValueTask<TestStores> OpenAsync() => PostgresStores.OpenAsync();
}

public sealed class PostgresRunOutputTests : RunOutputContract
{
    protected override ValueTask<TestStores> OpenAsync() => PostgresStores.OpenAsync();
}

public sealed class PostgresUserStoreTests : UserStoreContract
{
    protected override ValueTask<TestStores> OpenAsync() => PostgresStores.OpenAsync();
}

public sealed class PostgresTokenStoreTests : TokenStoreContract
{
    protected override ValueTask<TestStores> OpenAsync() => PostgresStores.OpenAsync();
}

public sealed class PostgresAgentSettingsStoreTests : AgentSettingsStoreContract
{
    protected override ValueTask<TestStores> OpenAsync() => PostgresStores.OpenAsync();
}

public sealed class PostgresRollUpTests : RollUpContract
{
    protected override ValueTask<TestStores> OpenAsync() => PostgresStores.OpenAsync();
}

public sealed class PostgresRolloutTests : RolloutContract
{
    protected override ValueTask<TestStores> OpenAsync() => PostgresStores.OpenAsync();
}

public sealed class PostgresRunBatchTests : RunBatchContract
{
    protected override ValueTask<TestStores> OpenAsync() => PostgresStores.OpenAsync();
}

public sealed class PostgresAuditTests : AuditStoreContract
{
    protected override ValueTask<TestStores> OpenAsync() => PostgresStores.OpenAsync();
}
