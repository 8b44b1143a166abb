/** The lifetimes offered for tokens, in seconds; 0 is no end. */
export const lifetimes = { hour: 3600, day: 86_400, week: 604_800, month: 2_592_000, year: 31_536_000, never: 0 } as const
export type Lifetime = keyof typeof lifetimes
export const lifetimeNames = Object.keys(lifetimes) as Lifetime[]

export const ttlOf = (name: Lifetime): { ttlSeconds?: number } => (lifetimes[name] ? { ttlSeconds: lifetimes[name] } : {})
