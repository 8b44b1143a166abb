import { computed, type WritableComputedRef } from 'vue'
import { useRoute, useRouter, type LocationQueryRaw, type LocationQuery } from 'vue-router'

/** A query with some values changed; a value equal to its default is left out of the address. */
export function withParam(query: LocationQuery, name: string, value: string, fallback: string): LocationQueryRaw {
  const others = Object.fromEntries(Object.entries(query).filter(([key]) => key !== name))
  return value === fallback ? others : { ...others, [name]: value }
}

export function readParam(query: LocationQuery, name: string, fallback: string, allowed?: readonly string[]): string {
  const raw = query[name]
  const value = (Array.isArray(raw) ? raw[0] : raw) ?? fallback
  return allowed && !allowed.includes(value) ? fallback : value
}

/** State that lives in the address. `push` makes a step that Back undoes. */
export function useUrlState<T extends string>(
  name: string,
  fallback: T,
  options: { allowed?: readonly T[]; push?: boolean } = {},
): WritableComputedRef<T> {
  const route = useRoute()
  const router = useRouter()
  return computed({
    get: () => readParam(route.query, name, fallback, options.allowed) as T,
    set: (value) => {
      const to = { query: withParam(router.currentRoute.value.query, name, value, fallback), hash: route.hash }
      void (options.push ? router.push(to) : router.replace(to))
    },
  })
}

/** A list in the address: names without commas. */
export function useUrlList(name: string): WritableComputedRef<string[]> {
  const text = useUrlState<string>(name, '')
  return computed({
    get: () => text.value.split(',').filter(Boolean),
    set: (list) => (text.value = list.join(',')),
  })
}
