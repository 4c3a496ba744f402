// The world around a command, played by a test.
import { PassThrough } from 'node:stream';
import type { ExitCode } from '../../../cli/exit-codes.ts';
import { runProgram } from '../../../cli/program.ts';
import type { Surroundings } from '../../../cli/surroundings.ts';

/** How the world is. */
export interface World {
  /** Whether stdin and stderr are a terminal. */
  readonly terminal?: boolean;
  /** The width of stdout, which is a terminal then. */
  readonly columns?: number;
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** What stdin says, and then ends; without it stdin stays silent. */
  readonly stdin?: string | Uint8Array;
  /** Milliseconds since 1970; without it time stands still, until a test turns {@link PlayedWorld.clock} on. */
  readonly now?: () => number;
}

/** A world and what was said in it. */
export interface PlayedWorld {
  readonly surroundings: Surroundings;
  readonly stdin: PassThrough;
  /** Milliseconds; a test turns it on. */
  readonly clock: { now: number };
  /** Ctrl-Z, and `fg`. */
  suspend(): void;
  stdout(): string;
  stderr(): string;
}

/** Makes a world. */
export function playWorld({
  terminal = false,
  columns,
  environment = {},
  stdin,
  now,
}: World = {}): PlayedWorld {
  const input = Object.assign(new PassThrough(), { isTTY: terminal });
  if (stdin !== undefined) input.end(stdin);
  const [stdout, stdoutText] = recorded(columns !== undefined, columns);
  const [stderr, stderrText] = recorded(terminal, 80);
  const controller = new AbortController();
  let suspension: readonly (() => void)[] = [];
  const clock = { now: Date.UTC(2026, 10, 23, 12) };
  return {
    surroundings: {
      stdin: input,
      stdout,
      stderr,
      environment,
      now: now ?? (() => clock.now),
      signal: controller.signal,
      interrupt: () => controller.abort(),
      aroundSuspension(...steps) {
        suspension = steps;
        return () => {
          suspension = [];
        };
      },
    },
    suspend() {
      for (const step of suspension) step();
    },
    stdin: input,
    clock,
    stdout: stdoutText,
    stderr: stderrText,
  };
}

/** Runs the program in such a world to its end, without a process of its own. */
export async function runIn(
  world: World,
  argv: readonly string[],
): Promise<{ readonly code: ExitCode; readonly stdout: string; readonly stderr: string }> {
  const { surroundings, stdout, stderr } = playWorld(world);
  const code = await runProgram(argv, surroundings);
  return { code, stdout: stdout(), stderr: stderr() };
}

function recorded(isTTY: boolean, columns: number | undefined) {
  const stream = Object.assign(new PassThrough(), { isTTY, ...(columns !== undefined && { columns }) });
  const chunks: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  return [stream, () => Buffer.concat(chunks).toString()] as const;
}
