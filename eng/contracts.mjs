// Fails unless every engine has passed the whole contract of the stores: as many tests as SQLite, which is always there, and none skipped.
// Reads the report of Nerve.Storage.Tests in the folder that is named.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const folder = process.argv[2]
const contract = /^Nerve\.Storage\.Tests\.\w+\.(Sqlite|Postgres|MongoReplicaSet|MongoStandalone)(AgentStore|HeartbeatStore|MetricStore|InventoryStore|TaskStore|Run|RunOutput|RunBatch|Rollout|UserStore|TokenStore|RollUp|AgentSettingsStore|Audit)Tests$/
// A real server is what it is, and is only asked once.
const engines = process.env.NERVE_TEST_MONGODB ? ['Sqlite', 'Postgres', 'MongoReplicaSet'] : ['Sqlite', 'Postgres', 'MongoReplicaSet', 'MongoStandalone']

const counts = Object.fromEntries(engines.map((engine) => [engine, {}]))
for (const file of readdirSync(folder).filter((name) => name.endsWith('.xml'))) {
  for (const [test] of readFileSync(join(folder, file), 'utf8').matchAll(/<test [^>]*>/g)) {
    const engine = contract.exec(/ type="([^"]*)"/.exec(test)[1])?.[1]
    const result = / result="([^"]*)"/.exec(test)[1]
    if (counts[engine]) counts[engine][result] = (counts[engine][result] ?? 0) + 1
  }
}

const total = (results) => Object.values(results).reduce((sum, count) => sum + count, 0)
const wanted = total(counts.Sqlite)
const bad = engines.filter((engine) => wanted === 0 || counts[engine].Pass !== wanted || total(counts[engine]) !== wanted)
console.log(`The contract of the stores: ${engines.map((engine) => `${engine} ${counts[engine].Pass ?? 0} of ${wanted}`).join(', ')} passed.`)
if (bad.length > 0) {
  console.log(`Not all of it on: ${bad.join(', ')}. See above what is missing or failed.`)
  process.exitCode = 1
}
