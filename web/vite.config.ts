import vue from '@vitejs/plugin-vue'
import { fileURLToPath } from 'node:url'
import { compression } from 'vite-plugin-compression2'
import type { Plugin } from 'vite'
import { defineConfig } from 'vitest/config'

const center = process.env.NERVE_CENTER ?? 'http://localhost:8090'

/** What every page needs is asked for at once, not after the first script has run. */
function preloadShared(): Plugin {
  return {
    name: 'preload-shared',
    transformIndexHtml: {
      order: 'post',
      handler: (_, { bundle }) =>
        Object.values(bundle ?? {})
          .filter((file) => file.type === 'chunk' && file.name === 'shared')
          .map((file) => ({
            tag: 'link',
            attrs: { rel: 'modulepreload', crossorigin: true, href: `/web/${file.fileName}` },
            injectTo: 'head',
          })),
    },
  }
}

export default defineConfig({
  base: '/web/',
  // Once at build time and as small as can be, instead of at every request: the center serves what lies beside a file.
  plugins: [vue(), preloadShared(), compression({ algorithms: ['brotliCompress'], include: /\.(js|css|svg|html)$/ })],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  define: { __VUE_I18N_LEGACY_API__: false, __INTLIFY_PROD_DEVTOOLS__: false },
  // The page's content policy allows no data: fonts or scripts, so nothing is inlined.
  build: {
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // Few files: a browser asks for six at a time, so what most pages need comes as one.
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            { name: 'base', tags: ['$initial'], priority: 2 },
            { name: 'shared', minShareCount: 3, priority: 1 },
          ],
        },
      },
    },
  },
  server: { proxy: { '/api': center, '/hubs': { target: center, ws: true } } },
  test: { environment: 'happy-dom', include: ['src/**/*.test.ts'] },
})
