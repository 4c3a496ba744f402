// What the console's pages and its server say to each other: every route, what it takes and what it answers. The pages import
// the types alone; the server checks what comes with the schemas. What the command line writes as JSON has the same fields here.
import * as z from 'zod/mini';
import type {
  Advice,
  CameBack,
  DeadLetterGroup,
  DeadLetterSummary,
  ExportLine,
  JudgedTask,
  LeftOut,
  LetterKind,
  Return,
  Verdict,
} from '../../client/dead-letters/index.ts';
import type { ActionRow } from '../dead-letters/action-report.ts';
import type { AuditRecord } from '../dead-letters/audit/record.ts';
import type { CoverageJson } from '../dead-letters/coverage.ts';
import type { Sorting } from '../dead-letters/sorting.ts';
import type { WatchCounts } from '../dead-letters/watch.ts';

/**
 * Every route: its query, its body, and what it answers with 200. Everything else is answered with a status from 400 on and an
 * {@link ErrorAnswer}. All want `Authorization: Bearer <secret>`, but for the exchange of the token.
 *
 * What has `messages.csv` or `export` in its path answers with a file's text; all others with JSON. Reading the overview, the
 * state of the snapshot, of the verdicts and of the operation does not keep the console from ending when it is idle.
 */
export interface Api {
  'POST /api/session': { body: SessionRequest; answer: SessionAnswer };
  'GET /api/overview': { query: OverviewQuery; answer: OverviewAnswer };
  'GET /api/snapshot': { answer: SnapshotAnswer };
  /** Looks again, which ends the watching of what was redriven; while a look goes on, that one is meant. */
  'POST /api/snapshot': { body: NoBody; answer: SnapshotAnswer };
  'GET /api/timeline': { query: FilterQuery; answer: TimelineAnswer };
  'GET /api/groups': { query: FilterQuery; answer: GroupsAnswer };
  'GET /api/messages': { query: MessagesQuery; answer: MessagesAnswer };
  /** `text/csv` of all rows that fit, with formulas made harmless. */
  'GET /api/messages.csv': { query: FilterQuery; answer: string };
  'GET /api/messages/:messageId': { answer: MessageAnswer };
  /** Begins to ask the cluster about them; one such question at a time. */
  'POST /api/verdicts': { body: VerdictsRequest; answer: VerdictsAnswer };
  'GET /api/verdicts': { answer: VerdictsAnswer };
  'POST /api/body-check': { body: BodyCheckRequest; answer: BodyCheckAnswer };
  'POST /api/plans': { body: PlanRequest; answer: PlanAnswer };
  /** The rest of a plan's messages, in the order of {@link PlanAnswer.messages}. */
  'GET /api/plans/:planId/messages': { query: PageQuery; answer: Page<DeadLetterSummary> };
  'GET /api/plans/:planId/left-out': { query: PageQuery; answer: Page<LeftOut> };
  'POST /api/operations': { body: OperationRequest; answer: OperationAnswer };
  /** Of the last one; null before the first. */
  'GET /api/operation': { answer: OperationAnswer | null };
  'GET /api/operation/results': { query: PageQuery; answer: Page<ActionRow> };
  'POST /api/operation/cancel': { body: NoBody; answer: OperationAnswer };
  /** JSON lines of what the last operation exported. */
  'GET /api/operation/export': { answer: string };
  /** Who did what from this machine, the newest last. */
  'GET /api/history': { answer: HistoryAnswer };
}

/** What goes wrong, in words for people that say what to do; never anything secret. */
export interface ErrorAnswer {
  readonly error: {
    readonly code: ErrorCode;
    readonly message: string;
  };
}

/**
 * - `forbidden`: a host, an origin or a content type that is not the page's;
 * - `unauthorized`: no secret, another console's, or a token that was used or replaced: a fresh link is needed;
 * - `invalid`: the request makes no sense, or names what is not there any more in the snapshot;
 * - `not-found`; `wrong-method`; `too-large`;
 * - `read-only`: the console was started without `--allow-actions`;
 * - `busy`: an operation goes on;
 * - `no-snapshot`: nothing was looked at yet;
 * - `plan-expired`, `plan-used`, `plan-changed`: plan again;
 * - `not-confirmed`: the count, the stage's name or the reason is missing or wrong;
 * - `unreachable`: SQS, the credentials or the cluster; what was typed can be sent again when that is mended;
 * - `ending`: the console is about to end;
 * - `failed`: anything else.
 */
export type ErrorCode =
  | 'forbidden'
  | 'unauthorized'
  | 'invalid'
  | 'not-found'
  | 'wrong-method'
  | 'too-large'
  | 'read-only'
  | 'busy'
  | 'no-snapshot'
  | 'plan-expired'
  | 'plan-used'
  | 'plan-changed'
  | 'not-confirmed'
  | 'unreachable'
  | 'ending'
  | 'failed';

/** A request that says nothing. */
export const NoBody = z.strictObject({});
export type NoBody = z.infer<typeof NoBody>;

/** The one-time token of the URL's fragment, `#token=…`: 256 bits in base64url. */
export const SessionRequest = z.strictObject({ token: z.string().check(z.maxLength(200)) });
export type SessionRequest = z.infer<typeof SessionRequest>;

/** The secret that every other route wants; good until the console ends. */
export interface SessionAnswer {
  readonly secret: string;
}

/**
 * The command line's filters, by their names and in their words: `kind` and the like are lists separated by commas, `since` and
 * `until` are times or spans such as `2h`. The command line's code reads them.
 */
const FilterFields = {
  kind: z.optional(z.string()),
  'not-kind': z.optional(z.string()),
  group: z.optional(z.string()),
  sender: z.optional(z.string()),
  status: z.optional(z.string()),
  key: z.optional(z.string()),
  since: z.optional(z.string()),
  until: z.optional(z.string()),
  match: z.optional(z.string()),
  'not-match': z.optional(z.string()),
  /** Of those that were asked about; see `POST /api/verdicts`. */
  verdict: z.optional(z.string()),
};

/** A filter; empty it means all. */
export const FilterQuery = z.strictObject(FilterFields);
export type FilterQuery = z.infer<typeof FilterQuery>;

/** A part of a long list: numbers as text, as a query has them. */
const PageFields = {
  /** From 0 on; 0 unless given. */
  offset: z.optional(z.string().check(z.regex(/^\d{1,7}$/))),
  /** At most 1,000; 100 unless given. */
  limit: z.optional(z.string().check(z.regex(/^\d{1,4}$/))),
};
export const PageQuery = z.strictObject(PageFields);
export type PageQuery = z.infer<typeof PageQuery>;

/** A part of a long list. */
export interface Page<Row> {
  /** Of the whole list. */
  readonly total: number;
  readonly rows: readonly Row[];
}

/** As `dead-letters list --sort` has them. */
const SORT: readonly [Sorting, ...Sorting[]] = ['newest', 'oldest', 'kind'];
export const MessagesQuery = z.strictObject({
  ...FilterFields,
  ...PageFields,
  sort: z.optional(z.enum(SORT)),
});
export type MessagesQuery = z.infer<typeof MessagesQuery>;

/** Which messages an action or a question is about: exactly one of the three. */
const ChoiceFields = {
  messageIds: z.optional(z.array(z.string().check(z.maxLength(100))).check(z.maxLength(100_000))),
  filter: z.optional(FilterQuery),
  all: z.optional(z.literal(true)),
  /** At most so many of them, as for a trial. */
  limit: z.optional(z.int().check(z.gte(1), z.lte(1_000_000))),
};

/** What is looked at, and what may be done. */
export interface Target {
  /** Null where the queues were named otherwise. */
  readonly stage: string | null;
  readonly account: string | null;
  readonly region: string | null;
  /** What `npm start` runs. */
  readonly local: boolean;
  /** The stage prod: the banner is red, and actions want its name and a reason. */
  readonly production: boolean;
  readonly actionsAllowed: boolean;
  /** Null where only the dead-letter queue was named. */
  readonly queueUrl: string | null;
  readonly deadLetterQueueUrl: string;
}

/** What the overview need not repeat. */
export const OverviewQuery = z.strictObject({
  /** Only samples and points after this time; ISO 8601. */
  after: z.optional(z.iso.datetime()),
});
export type OverviewQuery = z.infer<typeof OverviewQuery>;

export interface OverviewAnswer {
  readonly target: Target;
  /** By the server's clock; ISO 8601, as are all times. */
  readonly now: string;
  /** When the console ends unless somebody does something. */
  readonly endsAt: string;
  readonly version: string;
  /** Taken since the console began, the newest last; older ones become sparse. */
  readonly samples: readonly QueueSample[];
  /** Why the last sample could not be taken, and what to do; null where it could. */
  readonly samplingError: string | null;
  /** For how long the dead-letter queue keeps a message from when it was sent; null where SQS did not say. */
  readonly retentionSeconds: number | null;
  readonly signals: {
    /** Calls a second that the function's environments allow themselves at most. */
    readonly pace: Signal;
    /** 1 while a circuit breaker is open, else 0. */
    readonly breaker: Signal;
    /** Requests that were requeued, a minute. */
    readonly requeueRate: Signal;
  };
  readonly snapshot: SnapshotAnswer;
}

/** SQS's approximate counts at one time. */
export interface QueueSample {
  readonly at: string;
  /** Null where it was not named, or could not be asked. */
  readonly queue: QueueCounts | null;
  readonly deadLetterQueue: QueueCounts | null;
}

export interface QueueCounts {
  readonly visible: number;
  readonly inFlight: number;
  readonly delayed: number;
}

/** What the function says of itself over time, or why nothing is known. */
export type Signal =
  | {
      readonly unit: string;
      readonly points: readonly { readonly at: string; readonly value: number }[];
      /** What no point means, and the like; null where there is nothing to say. */
      readonly note: string | null;
    }
  | { readonly noData: string };

/** How the one look at the dead-letter queue stands. */
export interface SnapshotAnswer {
  /** `failed`: the last look; what an earlier one saw is still there where `takenAt` is not null. */
  readonly state: 'none' | 'looking' | 'ready' | 'failed';
  /** When the look that is shown began; null before the first has ended. */
  readonly takenAt: string | null;
  /** Of the look that goes on, or else of the one that is shown. */
  readonly seen: number;
  readonly about: number;
  /** How many are kept, and shown. */
  readonly matched: number;
  /** How many of those that were seen this console has redriven or discarded since. */
  readonly goneSince: number;
  readonly coverage: CoverageJson | null;
  /** The coverage in a sentence or two. */
  readonly coverageText: string | null;
  /** How many SQS deletes within 24 hours. */
  readonly expiringSoon: number;
  /** How many are kept whole, and how many without all of their body and attributes. */
  readonly kept: { readonly whole: number; readonly cut: number };
  /** Of a look that failed, and what to do. */
  readonly error: string | null;
}

/** What fits a filter, and when it died. */
export interface TimelineAnswer {
  readonly matched: number;
  /** When each bin begins follows from the first: `from` + index × `binMs`. */
  readonly from: string;
  readonly to: string;
  readonly binMs: number;
  /** The most frequent kind first; of each as many counts as there are bins. */
  readonly kinds: readonly { readonly kind: LetterKind; readonly counts: readonly number[] }[];
  /** How long ago they were sent to the dead-letter queue; SQS deletes them when that is the retention. */
  readonly ages: {
    readonly binMs: number;
    readonly counts: readonly number[];
    readonly retentionSeconds: number | null;
  };
}

/** A group as `dead-letters groups` has it, and more about it. */
export interface ConsoleGroup extends DeadLetterGroup {
  /** Over the bins of {@link GroupsAnswer}. */
  readonly timeline: readonly number[];
  /** Null where none of them was asked about; `unasked` are those that were not. */
  readonly verdicts: (Readonly<Record<Verdict, number>> & { readonly unasked: number }) | null;
  /** What was last done from this machine to one of them, by a console's or the command line's `--group`; null where nothing is known. */
  readonly lastAction: Pick<AuditRecord, 'id' | 'at' | 'action' | 'done' | 'failed'> | null;
}

export interface GroupsAnswer {
  readonly matched: number;
  readonly groups: readonly ConsoleGroup[];
  readonly from: string;
  readonly binMs: number;
  /** What to type for the same. */
  readonly command: string;
}

export interface MessagesAnswer extends Page<DeadLetterSummary> {
  /** What to type for the same list. */
  readonly command: string;
  /** With `match` or `not-match`: of so many only the beginning was searched. */
  readonly searchedInPart: number;
}

/** One dead letter, whole but for what the snapshot had no room for. */
export interface MessageAnswer {
  readonly letter: ExportLine;
  /** What is missing of it; null where nothing is. */
  readonly cut: {
    /** Of the whole body; the letter has the first 2 KiB. */
    readonly bodyBytes: number;
    /** Names of attributes that were left out. */
    readonly attributes: readonly string[];
  } | null;
  readonly groupId: string;
  readonly advice: Advice;
  /** What the request says where it keeps the contract, or why it does not. */
  readonly request:
    | { readonly ok: true; readonly expectedAssignee: string | null }
    | { readonly ok: false; readonly reason: string };
  /** Where it has been, in the order of time. */
  readonly steps: readonly JourneyStep[];
  /** Null where the cluster was not asked. */
  readonly verdict: (JudgedTask & { readonly wouldStrip: boolean; readonly askedAt: string }) | null;
  /** For CloudWatch Logs Insights; null where its body has no key. */
  readonly logsQuery: string | null;
  /** What to type to see it. */
  readonly command: string;
}

export interface JourneyStep {
  readonly at: string;
  readonly event: 'sent' | 'redriven' | 'first-call' | 'failed' | 'moved' | 'arrived' | 'expires' | 'deleted';
  /** In words for people, without the time. */
  readonly text: string;
  /** Whether that is still to come. */
  readonly ahead: boolean;
}

/** Which ones to ask the cluster about. */
export const VerdictsRequest = z.strictObject(ChoiceFields);
export type VerdictsRequest = z.infer<typeof VerdictsRequest>;

export interface VerdictsAnswer {
  readonly state: 'none' | 'asking' | 'ready' | 'failed';
  /** User tasks that were asked about, and that are to be. */
  readonly asked: number;
  readonly total: number;
  /** Of messages that have a verdict. */
  readonly counts: Readonly<Record<Verdict, number>>;
  readonly at: string | null;
  /** Why it failed, and what to do. */
  readonly error: string | null;
}

export const BodyCheckRequest = z.strictObject({ body: z.string() });
export type BodyCheckRequest = z.infer<typeof BodyCheckRequest>;

/** What the function would say of such a body. */
export interface BodyCheckAnswer {
  /** Null where it keeps the contract and has not expired. */
  readonly problem: string | null;
  readonly wouldReturn: Return | null;
  readonly userTaskKey: string | null;
}

/** What to plan. Fields below `limit` are a redrive's alone. */
export const PlanRequest = z.strictObject({
  action: z.enum(['redrive', 'discard', 'export']),
  ...ChoiceFields,
  /** A new one for every request; null takes it away. */
  expiresAt: z.optional(z.nullable(z.iso.datetime({ offset: true }))),
  /** SQS delivers each after so many seconds. */
  delaySeconds: z.optional(z.int().check(z.gte(0), z.lte(900))),
  perSecond: z.optional(z.number().check(z.gt(0), z.lte(1_000_000))),
  /** The body that takes the place of the one on the queue; then this message is the only one. */
  edit: z.optional(z.strictObject({ messageId: z.string(), body: z.string() })),
  /** For how long to look which of them come back; at most a day, 0 or absent for not. */
  watchForMs: z.optional(z.int().check(z.gte(0), z.lte(86_400_000))),
});
export type PlanRequest = z.infer<typeof PlanRequest>;

/** What would be done, before anything is. */
export interface PlanAnswer {
  readonly planId: string;
  /** Of action, messages, changes and rate: the confirmation must repeat it. */
  readonly digest: string;
  /** Five minutes after it was made. */
  readonly expiresAt: string;
  readonly action: PlanRequest['action'];
  /** Such as `Redrive 3 messages to …`. */
  readonly headline: string;
  /** The first 100 of them. */
  readonly messages: Page<DeadLetterSummary>;
  /** The first 100 that a redrive leaves where they are, and why. */
  readonly leftOut: Page<LeftOut> & {
    readonly byCode: readonly { readonly code: LeftOut['code']; readonly count: number }[];
  };
  /** Named, and not in the snapshot. */
  readonly unseen: readonly string[];
  readonly groups: readonly DeadLetterGroup[];
  readonly oldestRequestAt: string | null;
  /** How many requests without `expectedAssignee` are older than a day. */
  readonly late: number;
  /** How many would take a task from somebody who has it now; null where the cluster was not asked, and the text says why. */
  readonly wouldStrip: { readonly count: number | null; readonly text: string } | null;
  /** The body that changes, as it is on the queue and as it would be sent. */
  readonly edit: { readonly messageId: string; readonly before: string; readonly after: string } | null;
  /** Messages a second at most; null for as fast as it goes. */
  readonly perSecond: number | null;
  readonly delaySeconds: number | null;
  readonly expiresAtOfRequests: string | null | undefined;
  readonly watchForMs: number | null;
  /** What else is worth knowing before. */
  readonly remarks: readonly string[];
  /** What the confirmation must have: the number typed, the stage's name typed, a reason. */
  readonly needs: {
    readonly count: number | null;
    readonly stageName: string | null;
    readonly reason: boolean;
  };
  /** What to type for the same; null where that would name too many ids. */
  readonly command: string | null;
}

/** The confirmation of a plan. */
export const OperationRequest = z.strictObject({
  planId: z.string().check(z.maxLength(100)),
  digest: z.string().check(z.maxLength(100)),
  count: z.optional(z.int()),
  stageName: z.optional(z.string().check(z.maxLength(200))),
  reason: z.optional(z.string().check(z.maxLength(2_000))),
});
export type OperationRequest = z.infer<typeof OperationRequest>;

export interface OperationAnswer {
  readonly operationId: string;
  readonly planId: string;
  readonly action: PlanRequest['action'];
  readonly headline: string;
  readonly startedAt: string;
  readonly endedAt: string | null;
  /**
   * `watching`: what was to be done is done, and the dead-letter queue is looked at; `ended` and `cancelled`: see the numbers;
   * `failed`: an error came in between.
   */
  readonly state: 'running' | 'watching' | 'ended' | 'cancelled' | 'failed';
  readonly planned: number;
  readonly done: number;
  readonly failed: number;
  readonly leftOut: number;
  /** Known when it has ended. */
  readonly notMet: number | null;
  /** Why it ended before its end, and what to do. */
  readonly error: string | null;
  /** What became of it, in a sentence; null while it goes on. */
  readonly summary: string | null;
  /** What else is worth knowing. */
  readonly notes: readonly string[];
  /** Which of them came back so far; null where nobody looks. */
  readonly watch: (WatchCounts & { readonly until: string }) | null;
  readonly cameBack: readonly { readonly messageId: string; readonly as: CameBack }[];
  /** The file on this machine that has what was discarded or exported. */
  readonly exportPath: string | null;
  /** Coverage of the look that the action made. */
  readonly coverage: CoverageJson | null;
}

export interface HistoryAnswer {
  readonly actions: readonly AuditRecord[];
  readonly damagedLines: readonly number[];
  /** Where that is written on this machine. */
  readonly path: string;
}
