using Nerve.Storage.Contracts;

namespace Nerve.Storage.Tests.Mongo;

public sealed class MongoReplicaSetAgentStoreTests : AgentStoreContract
{
    protected override ValueTask<TestStores> OpenAsync() => MongoStores.OpenAsync(Topology.ReplicaSet);
}

public sealed class MongoReplicaSetHeartbeatStoreTests : HeartbeatStoreContract
{
    protected override ValueTask<TestStores> OpenAsync() => MongoStores.OpenAsync(Topology.ReplicaSet);
}

public sealed class MongoReplicaSetMetricStoreTests : MetricStoreContract
{
    protected override ValueTask<TestStores> OpenAsync() => MongoStores.OpenAsync(Topology.ReplicaSet);
}

public sealed class MongoReplicaSetInventoryStoreTests : InventoryStoreContract
{
    protected override ValueTask<TestStores> OpenAsync() => MongoStores.OpenAsync(Topology.ReplicaSet);
}

public sealed class MongoReplicaSetTaskStoreTests : TaskStoreContract
{
    protected override ValueTask<TestStores> OpenAsync() => MongoStores.OpenAsync(Topology.ReplicaSet);
}

public sealed class MongoReplicaSetRunTests : RunContract
{
    protected override ValueTask<TestStores> OpenAsync() => MongoStores.OpenAsync(Topology.ReplicaSet);
}

public sealed class MongoReplicaSetRunOutputTests : RunOutputContract
{
    protected override ValueTask<TestStores> OpenAsync() => MongoStores.OpenAsync(Topology.ReplicaSet);
}

public sealed class MongoReplicaSetUserStoreTests : UserStoreContract
{
    protected override ValueTask<TestStores> OpenAsync() => MongoStores.OpenAsync(Topology.ReplicaSet);
}

public sealed class MongoReplicaSetTokenStoreTests : TokenStoreContract
{
    protected override ValueTask<TestStores> OpenAsync() => MongoStores.OpenAsync(Topology.ReplicaSet);
}

public sealed class MongoReplicaSetAgentSettingsStoreTests : AgentSettingsStoreContract
{
    protected override ValueTask<TestStores> OpenAsync() => MongoStores.OpenAsync(Topology.ReplicaSet);
}

public sealed class MongoReplicaSetRollUpTests : RollUpContract
{
    protected override ValueTask<TestStores> OpenAsync() => MongoStores.OpenAsync(Topology.ReplicaSet);
}

public sealed class MongoReplicaSetRolloutTests : RolloutContract
{
    protected override ValueTask<TestStores> OpenAsync() => MongoStores.OpenAsync(Topology.ReplicaSet);
}

public sealed class MongoReplicaSetRunBatchTests : RunBatchContract
{
    protected override ValueTask<TestStores> OpenAsync() => MongoStores.OpenAsync(Topology.ReplicaSet);
}

public sealed class MongoReplicaSetAuditTests : AuditStoreContract
{
    protected override ValueTask<TestStores> OpenAsync() => MongoStores.OpenAsync(Topology.ReplicaSet);
}
