import vue from '@vitejs/plugin-vue'
import { fileURLToPath } from 'node:url'
import { compression } from 'vite-plugin-compression2'
import { defineConfig } from 'vitest/config'

const center = process.env.NERVE_CENTER ?? 'http://localhost:8090'

export default defineConfig({
  base: '/web/',
  // Once at build time and as small as can be, instead of at every request: the center serves what lies beside a file.
  plugins: [vue(), compression({ algorithms: ['brotliCompress'], include: /\.(js|css|svg|html)$/ })],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  define: { __VUE_I18N_LEGACY_API__: false, __INTLIFY_PROD_DEVTOOLS__: false },
  // The page's content policy allows no data: fonts or scripts, so nothing is inlined.
  build: { assetsInlineLimit: 0, modulePreload: { polyfill: false } },
  server: { proxy: { '/api': center, '/hubs': { target: center, ws: true } } },
  test: { environment: 'happy-dom', include: ['src/**/*.test.ts'] },
})
