import { readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import type { Metafile } from 'esbuild';
import * as undici from 'undici';
import Client from 'undici/lib/dispatcher/client.js';
import Pool from 'undici/lib/dispatcher/pool.js';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../../../infra/tools/bundle.ts';

const metafile = JSON.parse(readFileSync(`${ROOT}.build/unassign.meta.json`, 'utf8')) as Metafile;
const READ_AT_ONCE = inputsOf(filesReadBy('.build/unassign/index.mjs'));
const ALL = inputsOf(Object.keys(metafile.outputs));
const FROM_ELSEWHERE = Object.values(metafile.outputs)
  .flatMap(({ imports }) => imports)
  .filter(({ external }) => external === true);

describe('the built function', () => {
  it.each([
    ['the AWS SDK', /node_modules\/(@aws-sdk|@smithy)\//],
    ['OAuth', /client\/cluster\/oauth\.ts$/],
    ['what checks certificates and keys', /client\/cluster\/(tls-identity|pem)\.ts$/],
  ])('reads %s only when it is needed', (_, pattern) => {
    expect({ atOnce: matching(READ_AT_ONCE, pattern), later: matching(ALL, pattern).length > 0 }).toEqual({
      atOnce: [],
      later: true,
    });
  });

  it.each([
    ["undici's index", /node_modules\/undici\/index/],
    [
      "undici's fetch, WebSocket, caches and mocks",
      /undici\/lib\/(web\/(fetch\/index|websocket|cache)|mock|cache)/,
    ],
    ["undici's parser that is still an experiment", /undici\/lib\/milo/],
    ['Powertools, whose form log.ts has', /node_modules\/@aws-lambda-powertools\//],
    ['zod beside zod/mini', /node_modules\/zod\/v(3|4\/classic)\//],
    ['a parser of what browsers call themselves', /node_modules\/bowser\//],
    ['messages in languages that nobody asked for', /node_modules\/zod\/v4\/locales\/(?!en\.)/],
  ])('has no part of %s', (_, pattern) => {
    expect(matching(ALL, pattern)).toEqual([]);
  });

  it('has undici and zod/mini, so that the rules above are about something', () => {
    expect(
      [/undici\/lib\/dispatcher\/pool\.js$/, /zod\/v4\/mini\//].map(
        (pattern) => matching(ALL, pattern).length > 0,
      ),
    ).toEqual([true, true]);
  });
});

describe('what is left out of the bundle', () => {
  it.each([
    'undici/lib/dispatcher/client-h2.js',
    'undici/lib/llhttp/llhttp-wasm.js',
    'undici/lib/web/fetch/body.js',
    'undici/lib/web/fetch/formdata.js',
    'undici/lib/web/webidl/index.js',
  ])('%s, which the package still has under that name', (path) => {
    expect(metafile.inputs[`node_modules/${path}`]?.bytes).toBe('module.exports = {};'.length);
  });

  it.each(['node:http', 'node:http2'])('%s, without which undici is told all that it needs', (name) => {
    const required = FROM_ELSEWHERE.filter(({ kind }) => kind === 'require-call').map(({ path }) => path);
    expect({ [name]: required.includes(name), 'node:net': required.includes('node:net') }).toEqual({
      [name]: false,
      'node:net': true,
    });
  });

  it('ways to credentials that Lambda does not use, and events, which the SDK would import when it needs them', () => {
    expect(notOfNode('dynamic-import')).toEqual([
      '@aws-sdk/credential-provider-http',
      '@aws-sdk/credential-provider-ini',
      '@aws-sdk/credential-provider-process',
      '@aws-sdk/credential-provider-sso',
      '@aws-sdk/credential-provider-web-identity',
      '@smithy/core/event-streams',
      '@smithy/credential-provider-imds',
    ]);
  });
});

describe('what the bundle takes from elsewhere', () => {
  it.each(['require-call', 'import-statement'])('by %s is of Node.js', (kind) => {
    expect(notOfNode(kind)).toEqual([]);
  });
});

describe('the modules inside undici that exchange.ts imports', () => {
  it('are what its index exports', () => {
    expect({ Client, Pool }).toEqual({ Client: undici.Client, Pool: undici.Pool });
  });
});

function notOfNode(importKind: string): string[] {
  const paths = FROM_ELSEWHERE.filter(({ kind }) => kind === importKind).map(({ path }) => path);
  return [...new Set(paths)].filter((path) => !isBuiltin(path)).toSorted();
}

/** A file and what it imports statically, and so on. */
function filesReadBy(file: string, seen = new Set<string>()): Set<string> {
  if (seen.has(file)) return seen;
  seen.add(file);
  for (const { path, kind, external } of metafile.outputs[file]?.imports ?? []) {
    if (kind === 'import-statement' && external !== true) filesReadBy(path, seen);
  }
  return seen;
}

function inputsOf(files: Iterable<string>): string[] {
  return [...files].flatMap((file) => Object.keys(metafile.outputs[file]?.inputs ?? {}));
}

function matching(inputs: readonly string[], pattern: RegExp): string[] {
  return inputs.filter((input) => pattern.test(input));
}
