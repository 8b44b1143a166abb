using Nerve.Storage.Contracts;

namespace Nerve.Storage.Tests.Mongo;

public sealed class MongoStandaloneAgentStoreTests : AgentStoreContract
{
    protected override ValueTask<TestStores> OpenAsync() => MongoStores.OpenAsync(Topology.Standalone);
}

public sealed class MongoStandaloneHeartbeatStoreTests : HeartbeatStoreContract
{
    protected override ValueTask<TestStores> OpenAsync() => MongoStores.OpenAsync(Topology.Standalone);
}

public sealed class MongoStandaloneMetricStoreTests : MetricStoreContract
{
    protected override ValueTask<TestStores> OpenAsync() => MongoStores.OpenAsync(Topology.Standalone);
}

public sealed class MongoStandaloneInventoryStoreTests : InventoryStoreContract
{
    protected override ValueTask<TestStores> OpenAsync() => MongoStores.OpenAsync(Topology.Standalone);
}

public sealed class MongoStandaloneTaskStoreTests : TaskStoreContract
{
    protected override ValueTask<TestStores> OpenAsync() => MongoStores.OpenAsync(Topology.Standalone);
}

public sealed class MongoStandaloneRunTests : RunContract
{
    protected override ValueTask<TestStores> OpenAsync() => MongoStores.OpenAsync(Topology.Standalone);
}

public sealed class MongoStandaloneRunOutputTests : RunOutputContract
{
    protected override ValueTask<TestStores> OpenAsync() => MongoStores.OpenAsync(Topology.Standalone);
}

public sealed class MongoStandaloneUserStoreTests : UserStoreContract
{
    protected override ValueTask<TestStores> OpenAsync() => MongoStores.OpenAsync(Topology.Standalone);
}

public sealed class MongoStandaloneTokenStoreTests : TokenStoreContract
{
    protected override ValueTask<TestStores> OpenAsync() => MongoStores.OpenAsync(Topology.Standalone);
}

public sealed class MongoStandaloneAgentSettingsStoreTests : AgentSettingsStoreContract
{
    protected override ValueTask<TestStores> OpenAsync() => MongoStores.OpenAsync(Topology.Standalone);
}

public sealed class MongoStandaloneRollUpTests : RollUpContract
{
    protected override ValueTask<TestStores> OpenAsync() => MongoStores.OpenAsync(Topology.Standalone);
}

public sealed class MongoStandaloneRolloutTests : RolloutContract
{
    protected override ValueTask<TestStores> OpenAsync() => MongoStores.OpenAsync(Topology.Standalone);
}

public sealed class MongoStandaloneRunBatchTests : RunBatchContract
{
    protected override ValueTask<TestStores> OpenAsync() => MongoStores.OpenAsync(Topology.Standalone);
}

public sealed class MongoStandaloneAuditTests : AuditStoreContract
{
    protected override ValueTask<TestStores> OpenAsync() => MongoStores.OpenAsync(Topology.Standalone);
}
