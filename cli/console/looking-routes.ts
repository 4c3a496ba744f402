// The routes that only look: nothing of what they do changes a queue, but for the look itself.
import { setImmediate as othersTurn } from 'node:timers/promises';
import { packageVersion } from '../package-version.ts';
import { hasVerdict, type Verdicts } from './acting/verdicts.ts';
import { CSV_HEAD, csvLine } from './answers/csv.ts';
import { groupsOf, type Known } from './answers/groups.ts';
import { messageAnswer } from './answers/message.ts';
import { timelineOf } from './answers/timeline.ts';
import {
  FilterQuery,
  MessagesQuery,
  NoBody,
  OverviewQuery,
  type PageQuery,
  SessionRequest,
  type Target,
} from './api.ts';
import { filterWords, readFilterQuery } from './filter-query.ts';
import type { Samples } from './live/samples.ts';
import { type Signals, signalAfter } from './live/signals.ts';
import { Refusal } from './server/refusal.ts';
import { NO_SESSION, type Routes } from './server/routes.ts';
import type { Sessions } from './server/session.ts';
import type { Looking } from './snapshot/looking.ts';
import type { Snapshot } from './snapshot/snapshot.ts';

/** What these routes look at. */
export interface Sights {
  readonly target: Target;
  readonly sessions: Sessions;
  readonly samples: Samples;
  readonly signals: () => Promise<Signals>;
  readonly looking: Looking;
  readonly verdicts: Verdicts;
  /** What was last done to groups, as it is known now. */
  readonly lastActions: () => Promise<Known['lastActionOn']>;
  /** Whether an operation goes on, which a look would keep from its messages. */
  readonly isBusy: () => boolean;
  /** Ends the watching of what was redriven, which would hide messages from a look. */
  readonly stopWatching: () => Promise<void>;
  /** What to type in a terminal for it. */
  readonly typed: (command: 'list' | 'groups' | 'show', words: readonly string[]) => string;
  /** When the console ends unless somebody does something; epoch milliseconds. */
  readonly endsAt: () => number;
  readonly now: () => number;
}

/** The routes. */
export function lookingRoutes(sights: Sights) {
  const { target, sessions, samples, signals, looking, verdicts, typed, endsAt, now } = sights;
  const verdictOf: Known['verdictOf'] = ({ messageId }) => verdicts.of(messageId);
  const retentionSeconds = () =>
    samples.retentionSeconds ?? looking.snapshot?.coverage.retentionSeconds ?? null;
  const requireIdle = () => {
    if (sights.isBusy()) throw new Refusal('busy', 'An operation goes on: look again when it has ended.');
  };
  const select = async (query: FilterQuery & MessagesQuery) => {
    const { sort, offset: _, limit: __, ...filter } = query;
    const { filter: conditions, verdicts: wanted } = readFilterQuery(filter, now());
    const rows = await snapshotOf(looking).select(conditions, sort);
    if (wanted === undefined) return { rows, filter };
    return { rows: rows.filter((row) => hasVerdict(verdictOf(row), wanted)), filter };
  };
  return {
    'POST /api/session': {
      body: SessionRequest,
      answer({ body: { token } }) {
        const secret = sessions.exchange(token);
        if (secret === undefined) throw new Refusal('unauthorized', NO_SESSION);
        return { secret };
      },
    },
    'GET /api/overview': {
      query: OverviewQuery,
      isPolled: true,
      async answer({ query: { after } }) {
        const time = after === undefined ? 0 : Date.parse(after);
        const { pace, breaker, requeueRate } = await signals();
        return {
          target,
          now: new Date(now()).toISOString(),
          endsAt: new Date(endsAt()).toISOString(),
          version: packageVersion(),
          samples: samples.after(time),
          samplingError: samples.error,
          retentionSeconds: retentionSeconds(),
          signals: {
            pace: signalAfter(pace, time),
            breaker: signalAfter(breaker, time),
            requeueRate: signalAfter(requeueRate, time),
          },
          snapshot: looking.state(),
        };
      },
    },
    'GET /api/snapshot': { isPolled: true, answer: () => looking.state() },
    'POST /api/snapshot': {
      body: NoBody,
      async answer() {
        requireIdle();
        await sights.stopWatching();
        requireIdle();
        looking.lookAgain();
        return looking.state();
      },
    },
    'GET /api/timeline': {
      query: FilterQuery,
      async answer({ query }) {
        const { rows } = await select(query);
        return timelineOf(rows, retentionSeconds(), now());
      },
    },
    'GET /api/groups': {
      query: FilterQuery,
      async answer({ query }) {
        const { rows, filter } = await select(query);
        const known: Known = { verdictOf, lastActionOn: await sights.lastActions() };
        return { ...groupsOf(rows, known, now()), command: typed('groups', filterWords(filter)) };
      },
    },
    'GET /api/messages': {
      query: MessagesQuery,
      async answer({ query }) {
        const sort = query.sort ?? 'newest';
        const { rows, filter } = await select({ ...query, sort });
        const { offset, limit } = pageOf(query);
        const page = rows.slice(offset, offset + limit);
        const searchesTexts = filter.match !== undefined || filter['not-match'] !== undefined;
        return {
          total: rows.length,
          rows: page.map((row) => row.summary(now())),
          searchedInPart: searchesTexts ? snapshotOf(looking).kept.cut : 0,
          command: typed('list', [...filterWords(filter), ...(sort === 'newest' ? [] : [`--sort=${sort}`])]),
        };
      },
    },
    'GET /api/messages.csv': {
      query: FilterQuery,
      type: 'text/csv; charset=utf-8',
      async answer({ query }) {
        const { rows } = await select(query);
        const lines = [CSV_HEAD];
        for (const [index, row] of rows.entries()) {
          if (index % ROWS_AT_ONCE === 0) await othersTurn();
          lines.push(csvLine(row.summary(now())));
        }
        return lines.join('');
      },
    },
    'GET /api/messages/:messageId': {
      answer({ params: { messageId = '' } }) {
        const snapshot = snapshotOf(looking);
        const row = snapshot.find(messageId);
        if (row === undefined) {
          throw new Refusal('not-found', 'The look has not seen this message: look again, or it is gone.');
        }
        const facts = {
          retentionSeconds: retentionSeconds() ?? undefined,
          verdict: verdicts.on(messageId),
          command: typed('show', [messageId]),
        };
        return messageAnswer(row, facts, now());
      },
    },
  } satisfies Routes;
}

/** Between them others have their turn. */
const ROWS_AT_ONCE = 512;

const DEFAULT_LIMIT = 100;
const MOST_ROWS = 1_000;

/** The numbers of a page. */
export function pageOf({ offset = '0', limit = String(DEFAULT_LIMIT) }: PageQuery) {
  return { offset: Number(offset), limit: Math.min(MOST_ROWS, Number(limit)) };
}

/** What was seen. Throws a Refusal where nothing was. */
export function snapshotOf({ snapshot, state }: Looking): Snapshot {
  if (snapshot !== undefined) return snapshot;
  const isLooking = state().state === 'looking';
  throw new Refusal(
    'no-snapshot',
    isLooking
      ? 'The look goes on: wait for it.'
      : 'Nothing was looked at yet: look at the dead-letter queue first.',
  );
}
