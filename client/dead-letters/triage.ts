// Asks the cluster what tasks are now: each once, several at a time, with an end also where the cluster is in trouble.
import type { Reading, TaskReader } from '../cluster/read-task.ts';
import { type JudgedTask, verdictOf } from './verdict.ts';

/** How the cluster is asked. */
export interface TriageOptions {
  /** For each reading, token included; milliseconds. */
  readonly timeoutMs: number;
  /** So many readings are under way at once. */
  readonly readers: number;
  /** Aborted: nothing more is asked, and what was not asked has no verdict. */
  readonly signal?: AbortSignal | undefined;
  /** Told how many tasks have a verdict. */
  readonly onProgress?: ((judged: number) => void) | undefined;
  /** Resolves after so many milliseconds, or rejects when the signal aborts. */
  readonly pause: (milliseconds: number, signal: AbortSignal | undefined) => Promise<unknown>;
}

/** A reading that brought nothing is tried again. */
const MAX_ATTEMPTS = 3;
const FIRST_PAUSE_MS = 500;

/** So many tasks without a verdict, one after the other, say that no more will come. */
const HOPELESS = 20;

/**
 * The verdict on each task. Never throws for what the cluster answers.
 *
 * @param keys of user tasks; what comes twice is asked once
 */
export async function triage(
  reader: TaskReader,
  keys: Iterable<string>,
  options: TriageOptions,
): Promise<ReadonlyMap<string, JudgedTask>> {
  const verdicts = new Map<string, JudgedTask>();
  const wanted = new Set(keys).values();
  let inVain = 0;
  let lastVain: JudgedTask | undefined;
  const work = async () => {
    for (const key of wanted) {
      if (options.signal?.aborted) return;
      const judged = (inVain >= HOPELESS ? lastVain : undefined) ?? (await judge(reader, key, options));
      inVain = judged.verdict === 'unknown' ? inVain + 1 : 0;
      if (judged.verdict === 'unknown') lastVain = judged;
      verdicts.set(key, judged);
      options.onProgress?.(verdicts.size);
    }
  };
  await Promise.all(Array.from({ length: options.readers }, work));
  return verdicts;
}

async function judge(
  reader: TaskReader,
  key: string,
  { timeoutMs, pause, signal }: TriageOptions,
): Promise<JudgedTask> {
  for (let attempt = 1; ; attempt += 1) {
    const reading = await reader.readTask(key, timeoutMs);
    if (!mayPass(reading) || attempt === MAX_ATTEMPTS || signal?.aborted) return verdictOf(reading, key);
    await pause(FIRST_PAUSE_MS * 2 ** (attempt - 1), signal).catch(() => undefined);
  }
}

/** Too much to do, in trouble, or a connection that broke: the same may be answered a moment later. */
function mayPass(reading: Reading): boolean {
  if (reading.type === 'response') return reading.status === 429 || reading.status >= 500;
  return reading.type === 'no-answer';
}
