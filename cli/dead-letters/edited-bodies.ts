// Bodies that take the place of those on the queue: from a file that `export` wrote and somebody edited, or from an
// editor.
import { type StdioOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseBody } from '../../client/contract/request.ts';
import { oneLine } from '../../client/contract/text.ts';
import { readMessageLine } from '../../client/sending/message-line.ts';
import { confirm, hasTerminal } from '../confirm.ts';
import { CommandError, EXIT, UsageError } from '../exit-codes.ts';
import { type Surroundings, say } from '../surroundings.ts';
import { isMessageId } from './choice.ts';

/** So many wrong lines are shown. */
const SHOWN_PROBLEMS = 10;

/**
 * The bodies in a file of JSON lines, by message id.
 *
 * @param path - for stdin
 * @throws UsageError that names the lines that are wrong
 */
export async function readBodies(
  path: string,
  { stdin }: Pick<Surroundings, 'stdin'>,
): Promise<ReadonlyMap<string, string>> {
  const bodies = new Map<string, string>();
  const problems: string[] = [];
  for await (const { number, text } of linesOf(path, stdin)) {
    const read = readLine(text, bodies);
    if (read.ok) bodies.set(read.messageId, read.body);
    else problems.push(`${oneLine(path, 200)}:${number}: ${read.reason}`);
  }
  if (problems.length > 0) {
    const more = problems.length - SHOWN_PROBLEMS;
    const shown = [...problems.slice(0, SHOWN_PROBLEMS), ...(more > 0 ? [`… and ${more} more`] : [])];
    throw new UsageError(`${shown.join('\n')}\nNothing was done: fix these lines, as export writes them.`);
  }
  if (bodies.size === 0) throw new UsageError(`${oneLine(path, 200)} holds no dead letter.`);
  return bodies;
}

/** The lines that are not blank, counted from 1 on. */
async function* linesOf(path: string, stdin: Surroundings['stdin']) {
  let number = 0;
  try {
    for await (const text of createInterface({ input: path === '-' ? stdin : createReadStream(path) })) {
      number += 1;
      // Some editors put a byte order mark before the first.
      const line = number === 1 ? text.replace(/^\ufeff/, '') : text;
      if (line.trim() !== '') yield { number, text: line };
    }
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new UsageError(`--from-file cannot be read: ${oneLine(why, 300)}`, { cause: error });
  }
}

type ReadBody =
  | { readonly ok: true; readonly messageId: string; readonly body: string }
  | { readonly ok: false; readonly reason: string };

function readLine(line: string, before: ReadonlyMap<string, string>): ReadBody {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return { ok: false, reason: 'expected a line of JSON' };
  }
  const parsed = readMessageLine(value);
  if (!parsed.ok) return parsed;
  const messageId: unknown = Reflect.get(Object(value), 'messageId');
  if (typeof messageId !== 'string' || !isMessageId(messageId)) {
    return { ok: false, reason: 'messageId: expected the id of a dead letter, as export writes it' };
  }
  if (before.has(messageId)) return { ok: false, reason: `messageId: ${messageId} was there before` };
  return { ok: true, messageId, body: parsed.message.body };
}

/**
 * Opens a body in the editor until it keeps the contract or the person gives up.
 *
 * @throws CommandError where it does not keep the contract in the end
 */
export async function editBody(body: string, surroundings: Surroundings): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'camunda-unassign-'));
  const file = join(directory, 'body.json');
  try {
    await writeFile(file, body, { mode: 0o600 });
    for (;;) {
      await openEditor(file, surroundings);
      const edited = await readFile(file, 'utf8');
      // Editors end a file with a line break, which the body has not.
      const trimmed = body.endsWith('\n') ? edited : edited.replace(/\r?\n$/, '');
      const parsed = parseBody(trimmed);
      if (parsed.ok) return trimmed;
      say(surroundings, `The body breaks the contract: ${oneLine(parsed.reason, 1000)}`);
      if (!(await mayAskAgain(surroundings))) {
        throw new CommandError(
          'Nothing was redriven.',
          surroundings.signal.aborted ? EXIT.interrupted : EXIT.usage,
        );
      }
    }
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function mayAskAgain(surroundings: Surroundings): Promise<boolean> {
  if (!hasTerminal(surroundings)) return false;
  return confirm(surroundings, 'Edit it again', false);
}

/**
 * Before the message is looked for.
 *
 * @throws UsageError where the editor that nobody has chosen would find no terminal
 */
export function requireEditor(surroundings: Surroundings): void {
  if (hasTerminal(surroundings) || chosenEditor(surroundings) !== undefined) return;
  throw new UsageError(
    '--edit finds no terminal to open an editor on. Name a command that needs none in EDITOR, or export the message, edit the file, and redrive --from-file.',
  );
}

function chosenEditor({ environment }: Surroundings): string | undefined {
  return environment['VISUAL'] || environment['EDITOR'] || undefined;
}

/** Without a terminal an editor gets nothing of ours to draw on; with one, nothing that results go to. */
function editorStreams(surroundings: Surroundings): StdioOptions {
  if (!hasTerminal(surroundings)) return ['ignore', 'ignore', 'pipe'];
  return ['inherit', surroundings.stdout.isTTY === true ? 'inherit' : STDERR, 'inherit'];
}

const STDERR = 2;

/** The editor's setting may hold arguments of its own, such as `code --wait`: the shell takes it apart. */
async function openEditor(file: string, surroundings: Surroundings): Promise<void> {
  const editor = chosenEditor(surroundings) ?? 'vi';
  const stdio = editorStreams(surroundings);
  const child = spawn('/bin/sh', ['-c', `${editor} "$1"`, 'sh', file], { stdio });
  let complaint = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    complaint = `${complaint}${chunk}`.slice(0, 1000);
  });
  const [code] = await once(child, 'close');
  if (code === 0) return;
  const why = complaint.trim() === '' ? '' : ` (${oneLine(complaint, 300)})`;
  throw new CommandError(
    `The editor (${oneLine(editor, 100)}) ended with ${code}${why}: nothing was redriven.`,
  );
}
