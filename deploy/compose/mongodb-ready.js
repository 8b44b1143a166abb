// The health check of MongoDB, which at the first start also makes the replica set and its users: until there is a user, MongoDB lets
// whoever comes from its own machine make the first one. Every step may be repeated.
const admin = connect('mongodb://127.0.0.1:27017/admin')
const nerve = admin.getSiblingDB('nerve')
const { NERVE_DB_PASSWORD, NERVE_MONGO_ROOT_PASSWORD } = process.env

const signIn = () => {
  try {
    return admin.auth('root', NERVE_MONGO_ROOT_PASSWORD).ok === 1
  } catch {
    return false
  }
}
const isPrimary = () => admin.hello().isWritablePrimary

function initiate() {
  try {
    admin.adminCommand({ replSetInitiate: { _id: 'rs0', members: [{ _id: 0, host: 'mongodb:27017' }] } })
  } catch (error) {
    if (error.codeName !== 'AlreadyInitialized') throw error
  }
}

function begin() {
  initiate()
  if (!isPrimary()) quit(1) // in a moment: the next check goes on
  admin.createUser({ user: 'root', pwd: NERVE_MONGO_ROOT_PASSWORD, roles: ['root'] })
  signIn()
}

if (!signIn()) begin()
if (!isPrimary()) quit(1)
if (!nerve.getUser('nerve')) nerve.createUser({ user: 'nerve', pwd: NERVE_DB_PASSWORD, roles: ['readWrite', 'dbAdmin'] })
