// Which actions go on after their plan, and with what.
import { expect, it } from 'vitest';
import type { Choice } from '../../../cli/dead-letters/choice.ts';
import { chosenBefore, goesOn, restTexts } from '../../../cli/dead-letters/passes.ts';
import type { Coverage, PassesEnd } from '../../../client/dead-letters/index.ts';

const ALL: Choice = { filter: {}, named: new Set(), limit: undefined, verdicts: undefined };

const COVERAGE: Coverage = {
  seen: 110_000,
  about: 5_000_000,
  missing: 4_890_000,
  inFlightElsewhere: 0,
  ended: 'hold-limit',
  unreleased: 0,
  releaseFault: undefined,
  hiddenForSeconds: 900,
  retentionSeconds: undefined,
};

it.each<[string, boolean, Partial<Choice>, Partial<Coverage>]>([
  ['all, where SQS let no more be in flight', true, {}, {}],
  ['what a filter chooses', true, { filter: { kinds: new Set(['expired']) } }, {}],
  ['all, where the look has seen all', false, {}, { ended: 'queue-empty' }],
  ['messages that were named', false, { named: new Set(['a']) }, {}],
  ['a trial of so many', false, { limit: 200_000 }, {}],
  ['what the cluster was asked about', false, { verdicts: ['gone'] }, {}],
])('%s: %s', (_, expected, choice, coverage) => {
  expect(goesOn({ ...ALL, ...choice }, { ...COVERAGE, ...coverage })).toBe(expected);
});

it.each([
  ['what came back since, without a filter of its own', undefined, 1_000],
  ['what came back since, with a later one', 2_000, 1_000],
  ['no more than an earlier one', 500, 500],
])('leaves out %s', (_, until, expected) => {
  expect(chosenBefore({ ...ALL, filter: { until } }, 1_000)).toEqual({ until: expected });
});

it.each<[PassesEnd, number]>([
  ['all-seen', 0],
  ['aborted', 0],
  ['nothing-matched', 1],
  ['no-progress', 1],
  ['too-many-failed', 1],
])('says what is left where it ended with %s', (ended, texts) => {
  expect(restTexts({ goneOn: { passes: 2, ended } })).toHaveLength(texts);
});
