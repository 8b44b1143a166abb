/** The frame around every page of a signed-in person: in a chunk of its own, so that the sign-in page is there sooner. */
export const loadShell = () => import('./AppShell.vue')
