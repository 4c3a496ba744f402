// The built command in a real terminal: what it draws, and how it leaves the terminal.
import { chmod } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  type Burial,
  burial,
  burials,
  type DeadLetterStage,
  startDeadLetterStage,
} from '../../client/dead-letters/dead-letter-stage.ts';
import { eventually } from '../../infra/local/eventually.ts';
import { start } from '../../infra/local/stand-in/started.ts';
import { createShiftedClock } from '../../support/shifted-clock.ts';
import { temporaryFile, temporaryFolder } from '../../support/temporary-files.ts';
import {
  hasPseudoTerminals,
  type InTerminal,
  KEYS,
  startInTerminal,
  type TerminalOptions,
} from '../support/pseudo-terminal.ts';
import { openGate } from './sqs-gate.ts';

const MESSAGES = 25;
const SLOW_REDRIVE = ['redrive', '--all', '--yes', '--rate', '10/s'];

interface Scene {
  readonly stage: DeadLetterStage;
  readonly ids: readonly string[];
  /** Actions of SQS's, such as `SendMessageBatch`, that wait until they are taken out again. */
  readonly held: Set<string>;
  /** Resolves when one of them has come. */
  isWaiting(): Promise<void>;
  run(args: readonly string[], options?: TerminalOptions): Promise<InTerminal>;
  onQueue(): Promise<string[]>;
}

/** Called before SQS is asked: what it returns is the error with which an action is refused. */
type Refusal = (action: string) => Promise<string | undefined>;

async function setScene(
  entries: readonly Burial[] = burials(MESSAGES),
  refusal: Refusal = async () => undefined,
): Promise<Scene> {
  const stage = await startDeadLetterStage();
  onTestFinished(() => stage.close());
  const ids = await stage.bury(entries);
  const held = new Set<string>();
  const waiting = new Set<string>();
  const gate = await openGate(stage.embedded, undefined, async (action) => {
    waiting.add(action);
    while (held.has(action)) await pause(20, undefined, { ref: false });
    return refusal(action);
  });
  return {
    stage,
    ids,
    held,
    isWaiting: () => eventually(() => expect([...held].some((action) => waiting.has(action))).toBe(true)),
    run(args, options) {
      const urls = args[0] === 'history' ? [] : ['--dead-letter-queue-url', gate.deadLetterQueueUrl];
      if (args[0] === 'redrive') urls.push('--queue-url', gate.queueUrl);
      return startInTerminal(['dlq', ...args, ...urls], options);
    },
    onQueue: async () => (await stage.drain(stage.embedded.queueUrl)).map(({ Body = '' }) => Body).sort(),
  };
}

/**
 * Receives of a look that shows its progress, numbered from 1 on: it makes ten at once, begins with the first ten, and draws
 * with the third, a second later.
 */
function slowReceives(then: (receives: number) => Promise<string | undefined>): Refusal {
  let receives = 0;
  return async (action) => {
    if (action !== 'ReceiveMessage') return undefined;
    receives += 1;
    const number = receives;
    await pause(700);
    return then(number);
  };
}

const BAR = /[█░]{4,}/;
const BAR_BELOW_PLAN = /The oldest request .*█[█░]{3,}/s;

function bars(terminal: InTerminal): string[] {
  return terminal
    .screen()
    .split('\n')
    .filter((line) => BAR.test(line));
}

/** That of the redrive, below its plan, with something done: where the look lasts for a second, it had one of its own. */
async function barIsThere(terminal: InTerminal): Promise<void> {
  await eventually(() => expect(terminal.screen()).toMatch(BAR_BELOW_PLAN));
}

/** Until nothing has been drawn for a while. */
async function isQuiet(terminal: InTerminal): Promise<void> {
  let before: string | undefined;
  await eventually(async () => {
    const last = before;
    before = terminal.written();
    await pause(400);
    expect(before).toBe(last);
  });
}

const BODIES = burials(MESSAGES)
  .map(({ MessageBody = '' }) => MessageBody)
  .sort();

/** As a shell wants its terminal back. */
const IN_ORDER = /(?=.*\sisig\s)(?=.*\sicanon\s)(?=.*\secho\s)/s;

describe.runIf(hasPseudoTerminals())('in a terminal', () => {
  describe('progress', () => {
    it('stands in one line, and is gone at the end', async () => {
      const { run } = await setScene();
      const terminal = await run(SLOW_REDRIVE);
      await barIsThere(terminal);
      expect(bars(terminal)).toHaveLength(1);
      expect(await terminal.end).toEqual({ code: 0, modes: expect.stringMatching(IN_ORDER) });
      expect(terminal.screen()).toMatch(/\nRedriven 25 of 25\.$/);
      expect(bars(terminal)).toEqual([]);
      expect(terminal.written()).not.toContain('\u001b[?25l');
    });

    it('is taken away before a result is written beside it', async () => {
      const { run, ids } = await setScene();
      const terminal = await run([...SLOW_REDRIVE, '--output', 'jsonl'], { columns: 500 });
      await terminal.end;
      expect(terminal.written()).toMatch(BAR);
      const rows = terminal
        .screen()
        .split('\n')
        .filter((line) => line.includes('{'));
      expect(rows.map((row) => JSON.parse(row).messageId).sort()).toEqual(ids.toSorted());
    });

    it('is gone after Ctrl-C', async () => {
      const { run } = await setScene();
      const terminal = await run(SLOW_REDRIVE);
      await barIsThere(terminal);
      terminal.type(KEYS.ctrlC);
      expect(await terminal.end).toEqual({ code: 130, modes: expect.stringMatching(IN_ORDER) });
      expect(bars(terminal)).toEqual([]);
      expect(terminal.screen()).toMatch(/\nInterrupted: redriven \d+ of 25; /);
    });

    it('is gone after an error of a redrive', async () => {
      let isRefused = false;
      const { run } = await setScene(burials(MESSAGES), async (action) =>
        isRefused && action === 'SendMessageBatch' ? 'AccessDenied' : undefined,
      );
      const terminal = await run(SLOW_REDRIVE);
      await barIsThere(terminal);
      isRefused = true;
      await terminal.end;
      expect(terminal.screen()).toContain('Permission denied.');
      expect(bars(terminal)).toEqual([]);
    });

    it('is gone after an error of a look', async () => {
      const { run } = await setScene(
        burials(400),
        slowReceives(async (receives) => (receives > 35 ? 'AccessDenied' : undefined)),
      );
      const terminal = await run(['list']);
      await terminal.end;
      expect(terminal.written()).toMatch(BAR);
      expect(terminal.screen()).toContain('Permission denied.');
      expect(bars(terminal)).toEqual([]);
    });
  });

  describe('Ctrl-Z', () => {
    it('takes the progress away, and fg brings it back', async () => {
      const { run, held, onQueue } = await setScene();
      const terminal = await run(SLOW_REDRIVE);
      await barIsThere(terminal);
      held.add('SendMessageBatch');
      await isQuiet(terminal);
      terminal.type(KEYS.ctrlZ);
      expect(await terminal.suspended()).toMatch(IN_ORDER);
      expect(bars(terminal)).toEqual([]);
      expect(terminal.screen()).not.toContain('^Z');
      await terminal.foreground();
      await barIsThere(terminal);
      held.clear();
      expect((await terminal.end).code).toBe(0);
      expect(bars(terminal)).toEqual([]);
      expect(await onQueue()).toEqual(BODIES);
    });

    it('for longer than messages are held sends none of them, and says so', async () => {
      const { run, onQueue } = await setScene();
      const clock = createShiftedClock();
      const terminal = await run(SLOW_REDRIVE, { environment: clock.env });
      await barIsThere(terminal);
      terminal.type(KEYS.ctrlZ);
      await terminal.suspended();
      clock.shift(60_000);
      await terminal.foreground();
      expect((await terminal.end).code).toBe(3);
      const [, done = '', lost = ''] =
        /Redriven (\d+) of 25;.* (\d+) not met: hold lost \(look again\)/.exec(terminal.screen()) ?? [];
      const sent = await onQueue();
      expect(Number(lost)).toBeGreaterThan(0);
      expect(sent).toEqual([...new Set(sent)]);
      // One may have been on its way.
      expect([Number(done), Number(done) + 1]).toContain(sent.length);
    });

    it('at the question leaves the terminal in order, and fg asks again', async () => {
      const { run, onQueue } = await setScene(burials(1));
      const terminal = await run(['redrive', '--all']);
      await eventually(() => expect(terminal.screen()).toContain('[y/N]'));
      terminal.type(KEYS.ctrlZ);
      expect(await terminal.suspended()).toMatch(IN_ORDER);
      const before = terminal.written().length;
      await terminal.foreground();
      await eventually(() => expect(terminal.written().slice(before)).toContain('[y/N]'));
      terminal.type(`y${KEYS.enter}`);
      expect(await terminal.end).toEqual({ code: 0, modes: expect.stringMatching(IN_ORDER) });
      expect(await onQueue()).toHaveLength(1);
    });
  });

  describe('another size', () => {
    it('leaves no rests of the progress, and breaks no line', async () => {
      let isHeld = true;
      const { run } = await setScene(
        burials(400),
        slowReceives(async (receives) => {
          while (isHeld && receives > 35) await pause(20, undefined, { ref: false });
          return undefined;
        }),
      );
      const terminal = await run(['list'], { redirection: '> /dev/null' });
      await eventually(() => expect(terminal.screen()).toMatch(BAR));
      for (const columns of [40, 100, 25]) {
        await isQuiet(terminal);
        const before = terminal.written().length;
        await terminal.resize(columns);
        await eventually(() => expect(terminal.written().length).toBeGreaterThan(before));
        await isQuiet(terminal);
        expect(terminal.screen()).toMatch(new RegExp(`^[█░]{4,}[^\\n]{0,${columns - 5}}$`));
        expect(terminal.brokenLines()).toEqual([]);
      }
      isHeld = false;
      await terminal.end;
      expect(bars(terminal)).toEqual([]);
    });

    it.each([
      ['while it looks', false],
      ['while it is suspended', true],
    ])('is that of the table, %s', async (_, suspended) => {
      const { run, held, isWaiting } = await setScene();
      held.add('ReceiveMessage');
      const terminal = await run(['list'], { columns: 120 });
      await isWaiting();
      if (suspended) {
        terminal.type(KEYS.ctrlZ);
        await terminal.suspended();
      }
      await terminal.resize(60);
      if (suspended) await terminal.foreground();
      await isQuiet(terminal);
      held.clear();
      expect((await terminal.end).code).toBe(0);
      expect(terminal.screen()).toContain('KIND');
      expect(terminal.brokenLines()).toEqual([]);
    });
  });

  describe('the question', () => {
    it.each([
      ['y', `y${KEYS.enter}`, 0],
      ['yes', `yes${KEYS.enter}`, 0],
      ['n', `n${KEYS.enter}`, 1],
      ['Enter', KEYS.enter, 1],
      ['Ctrl-D', KEYS.ctrlD, 1],
      ['Ctrl-C', KEYS.ctrlC, 130],
    ])('takes %s, and leaves the terminal in order', async (_, keys, code) => {
      const { run, onQueue } = await setScene(burials(2));
      const terminal = await run(['redrive', '--all']);
      await eventually(() => expect(terminal.screen()).toContain('[y/N]'));
      terminal.type(keys);
      expect(await terminal.end).toEqual({ code, modes: expect.stringMatching(IN_ORDER) });
      expect(await onQueue()).toHaveLength(code === 0 ? 2 : 0);
    });

    it('is not asked where nobody can answer', async () => {
      const { run, onQueue } = await setScene(burials(2));
      const terminal = await run(['redrive', '--all'], { redirection: '< /dev/null' });
      expect((await terminal.end).code).toBe(2);
      expect(terminal.screen()).toBe('Redrive? There is no terminal to ask this on: --yes answers it.');
      expect(await onQueue()).toEqual([]);
    });
  });

  it('--edit gives the keys to the editor, as often as it is opened, and takes them back', async () => {
    const editor = await temporaryFile(
      'editor',
      '#!/bin/sh\nprintf "Key? "; read -r key; echo "{\\"userTaskKey\\":\\"$key\\"}" > "$1"\n',
    );
    await chmod(editor, 0o755);
    const { run, ids, onQueue } = await setScene(burials(1));
    const terminal = await run(['redrive', '--edit', ids[0] ?? ''], { environment: { EDITOR: editor } });
    await eventually(() => expect(terminal.screen()).toContain('Key?'));
    terminal.type('seven\r');
    await eventually(() => expect(terminal.screen()).toContain('Edit it again? [y/N]'));
    terminal.type(`y${KEYS.enter}`);
    await eventually(() => expect(terminal.screen().split('Key?')).toHaveLength(3));
    terminal.type('77\r');
    await eventually(() => expect(terminal.screen()).toMatch(/Redrive 1 message to \S+\? \[y\/N\]/));
    terminal.type(`y${KEYS.enter}`);
    expect(await terminal.end).toEqual({ code: 0, modes: expect.stringMatching(IN_ORDER) });
    expect(await onQueue()).toEqual(['{"userTaskKey":"77"}']);
  });

  describe.each([60, 80])('%i columns', (columns) => {
    const WIDE = '漢字の件名😀👨‍👩‍👧🇩🇪é ﷺ'.repeat(12);

    it.each(['list', 'groups', 'triage', 'history'])(
      'are enough for %s, whatever the messages hold',
      async (command) => {
        const cluster = await start();
        const { key } = cluster.tasks.create({ assignee: WIDE.slice(0, 100) });
        const { run } = await setScene([
          ...['漢字'.repeat(30), '😀'.repeat(20), 'not-found', 'unavailable-too-long'].map((kind) =>
            burial({
              kind,
              body: JSON.stringify({ userTaskKey: key, expiresAt: '9999-12-31T23:59:59Z' }),
              senderId: WIDE,
              end: { lastStatus: 404, lastTitle: WIDE, lastDetail: WIDE, reason: WIDE, redriven: 1234567 },
            }),
          ),
        ]);
        const environment = { CAMUNDA_REST_ADDRESS: cluster.url, XDG_STATE_HOME: await temporaryFolder() };
        if (command === 'history') {
          const acted = await run(['discard', '--kind', 'not-found', '--yes', '--reason', WIDE], {
            environment,
          });
          await acted.end;
        }
        const args = command === 'triage' ? [command, '--all'] : [command];
        const terminal = await run(args, { columns, environment, redirection: '2> /dev/null' });
        expect((await terminal.end).code).toBe(0);
        expect(terminal.screen().split('\n').length).toBeGreaterThan(1);
        expect(terminal.brokenLines()).toEqual([]);
      },
    );
  });
});
