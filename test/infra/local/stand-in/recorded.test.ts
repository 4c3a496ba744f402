// The stand-in against the recordings of a real 8.6.0: what was recorded is what it must say.
import { readdirSync, readFileSync } from 'node:fs';
import { expect, it, onTestFinished } from 'vitest';
import type { ClusterOptions } from '../../../../infra/local/stand-in/cluster.ts';
import { startStandInCluster } from '../../../../infra/local/stand-in/cluster.ts';
import { parseKey } from '../../../../infra/local/stand-in/tasks.ts';
import { askOnce } from '../raw-http.ts';

interface Recording {
  readonly name: string;
  readonly request: {
    readonly method: string;
    readonly path: string;
    readonly headers?: Record<string, string>;
    readonly body?: string;
  };
  readonly response: {
    readonly status: number;
    readonly headers: readonly [string, string][];
    readonly body: string;
  };
}

const folder = new URL('../../../../infra/local/stand-in/recorded/8.6.0/', import.meta.url);

/** The recordings of one answer; the others are statistics over many calls. */
const recordings = readdirSync(folder)
  .map((file) => ({
    name: file.replace('.json', ''),
    ...JSON.parse(readFileSync(new URL(file, folder), 'utf8')),
  }))
  .filter((recording): recording is Recording => recording.response !== undefined);

/** How each cluster was set up; by default one partition, no authentication. */
const setUps: Record<string, ClusterOptions> = {
  'processing-paused': { paused: true },
  'disk-full': { diskFull: true },
  'disk-full-2': { diskFull: true },
  backpressure: { limit: 0 },
  'partition-4-success': { partitions: 4 },
  'partition-4-rounded': { partitions: 4 },
  'partition-5-missing': { partitions: 4 },
  'two-brokers-success': { partitions: 2 },
  'gateway-never-saw-a-broker': { partitions: 0 },
  topology: { partitions: 3 },
  'topology-gateway-never-saw-a-broker': { partitions: 0 },
  'gateway-broker-down': { fault: () => ({ kind: 'situation', situation: { is: 'no-broker' } }) },
  'gateway-broker-lost': { fault: () => ({ kind: 'situation', situation: { is: 'no-broker' } }) },
  leaderless: { fault: () => ({ kind: 'situation', situation: { is: 'no-broker' } }) },
  'gateway-broker-hung': { fault: () => ({ kind: 'situation', situation: { is: 'timeout' } }) },
  'gateway-timeout-yet-executed': { fault: () => ({ kind: 'situation', situation: { is: 'timeout' } }) },
  'auth-success': { authentication: { bearer: () => true } },
  'auth-not-found': { authentication: { bearer: () => true } },
  'auth-no-token': { authentication: { bearer: () => true } },
  'auth-key-not-numeric-no-token': { authentication: { bearer: () => true } },
  'auth-basic': { authentication: { bearer: () => true } },
  'auth-garbage-token': { authentication: { bearer: () => false } },
  'auth-expired-token': { authentication: { bearer: () => 'the token has expired' } },
  'auth-issuer-down': { authentication: { bearer: () => 'JWKS error' } },
  'auth-wrong-audience': { authentication: { bearer: () => 'the provided claims are invalid' } },
  'auth-wrong-signature': { authentication: { bearer: () => 'the token signature is invalid' } },
};

it('has recordings to compare with, and uses every set-up', () => {
  expect(recordings.length).toBeGreaterThan(50);
  expect(recordings.map(({ name }) => name)).toEqual(expect.arrayContaining(Object.keys(setUps)));
});

it.each(recordings)('answers as recorded: $name', async ({ name, request, response }) => {
  const cluster = await startStandInCluster({ version: '8.6', partitions: 1, ...setUps[name] });
  onTestFinished(() => cluster.close());
  if (response.status === 204) cluster.tasks.put(keyIn(request.path));

  const answer = await askOnce(cluster.url, request.path, request);

  expect(answer.status).toBe(response.status);
  expect(comparable(answer.headers)).toEqual(comparable(Object.fromEntries(response.headers)));
  expect(withoutTimestamp(answer.body)).toBe(withoutTimestamp(response.body));
});

function keyIn(path: string): string {
  const segment = decodeURIComponent(path.split('/')[3] ?? '').replace(/;.*/, '');
  return String(parseKey(segment));
}

function comparable(headers: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const entries = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]);
  return Object.fromEntries(entries.filter(([name]) => name !== 'date'));
}

function withoutTimestamp(body: string): string {
  return body.replace(/"timestamp":"[^"]+"/, '"timestamp":""');
}
