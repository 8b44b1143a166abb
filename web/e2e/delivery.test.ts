import { get } from 'node:http'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { Site } from './site'

let site: Site
beforeAll(async () => void (site = await Site.start()))
afterAll(() => site.end())

interface Answer {
  headers: Record<string, string | string[] | undefined>
  body: Buffer
}

/** As it comes over the wire: the browser's own fetch would unpack it. */
function ask(path: string, acceptEncoding?: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const headers = acceptEncoding === undefined ? {} : { 'accept-encoding': acceptEncoding }
    get(site.url + path, { headers }, (answer) => {
      const pieces: Buffer[] = []
      answer.on('data', (piece: Buffer) => pieces.push(piece))
      answer.on('end', () => resolve({ headers: answer.headers, body: Buffer.concat(pieces) }))
    }).on('error', reject)
  })
}

async function firstScript(): Promise<string> {
  const page = (await ask('/web/')).body.toString()
  return /\/web\/assets\/[^"]+\.js/.exec(page)?.[0] ?? 'no script'
}

test('a script goes as small as the reader takes it, and is the same for each', async () => {
  const path = await firstScript()
  const plain = await ask(path)
  const brotli = await ask(path, 'gzip, deflate, br')
  const gzip = await ask(path, 'gzip, br;q=0')

  expect(plain.headers['content-encoding']).toBeUndefined()
  expect(brotli.headers['content-encoding']).toBe('br')
  expect(gzip.headers['content-encoding']).toBe('gzip')
  expect(brotliDecompressSync(brotli.body).equals(plain.body)).toBe(true)
  expect(gunzipSync(gzip.body).equals(plain.body)).toBe(true)
  for (const { headers } of [plain, brotli, gzip]) {
    expect(headers.vary).toContain('Accept-Encoding')
    expect(headers['content-type']).toBe('text/javascript; charset=utf-8')
    expect(headers['cache-control']).toBe('public, max-age=31536000, immutable')
  }
  expect(brotli.headers.etag).not.toBe(plain.headers.etag)
})

test('the page itself is asked for anew each time', async () => {
  const page = await ask('/web/agents', 'br')
  expect(page.headers['cache-control']).toBe('no-cache')
  expect(brotliDecompressSync(page.body).toString()).toContain('<div id="app">')
})
