import { describe, expect, it } from 'vitest';
import type { Call } from '../../infra/local/stand-in/cluster.ts';
import { evidenceOf } from './evidence.ts';

const evidenceFrom = (calls: readonly Pick<Call, 'status' | 'fault' | 'abandoned'>[]) =>
  evidenceOf(
    calls.map((call) => ({ at: 0, type: 'called', call })),
    'open',
  );

const FRONT = { status: 404, fault: { kind: 'front', says: 'ingress-404' } } as const;
const OTHER_FRONT = { status: 302, fault: { kind: 'front', says: 'login-redirect' } } as const;
const DOWN = { status: 503, fault: { kind: 'front', says: 'nginx-503' } } as const;
const CUT_OFF = { fault: { kind: 'reset', at: 'body' } } as const;
const TRICKLED = { fault: { kind: 'trickle', from: 'body' }, abandoned: true } as const;

describe('what a proxy answers', () => {
  it('is counted apart from what the cluster says', () => {
    expect(evidenceFrom([FRONT, { status: 404 }, OTHER_FRONT, { status: 204 }])).toMatchObject({
      calls: 4,
      fronts: 2,
      cutOff: 0,
    });
  });

  it('is no failure of the cluster', () => {
    expect(evidenceFrom([{ status: 403, fault: { kind: 'front', says: 'waf-403' } }])).toMatchObject({
      failures: 0,
    });
    expect(evidenceFrom([{ status: 403 }])).toMatchObject({ failures: 1 });
  });
});

describe('an answer that was cut off', () => {
  it('is one only where its head had arrived', () => {
    const early = [
      { fault: { kind: 'reset', at: 'start' } },
      { fault: { kind: 'trickle', from: 'headers' } },
    ] as const;
    expect(evidenceFrom([CUT_OFF, TRICKLED, ...early])).toMatchObject({ cutOff: 2, unanswered: 4 });
  });

  it('had the status that its head said', () => {
    const evidence = evidenceFrom([CUT_OFF]);
    expect([evidence.answered(200), evidence.answered(404)]).toEqual([true, false]);
  });
});

describe('foreign answers', () => {
  it.each([
    ['the same one twice', [FRONT, { status: 204 }, FRONT], [404]],
    ['two that were cut off', [CUT_OFF, TRICKLED], [200]],
    [
      'a page, and an answer that was cut off, with the same status',
      [{ status: 200, fault: { kind: 'front', says: 'sign-in-page' } }, CUT_OFF],
      [200],
    ],
    ['two different ones', [FRONT, OTHER_FRONT], []],
    ["one, and the cluster's own with the same status", [FRONT, { status: 404 }], []],
    ['such that say by themselves that nobody is there', [DOWN, DOWN], []],
  ] as const)('count from the second on: %s', (_, calls, statuses) => {
    expect([...evidenceFrom(calls).foreignTwice]).toEqual(statuses);
  });
});
