// What a run has measured, part by part.
import type { Refusals } from './calls.ts';
import type { ColdStartRound } from './cold-start.ts';
import type { Setting } from './connections.ts';
import type { Contender } from './contenders.ts';
import type { GuardCost } from './guard.ts';
import type { MemoryRound } from './memory.ts';
import type { Counts } from './services.ts';
import type { Size } from './size.ts';
import type { Load, SpeedRound } from './speed.ts';

/** The figures; a part that was not asked for is empty. */
export interface Results {
  size: Readonly<Record<Contender, Size>> | undefined;
  readonly calls: { readonly refusals: Refusals; readonly counts: Readonly<Record<Contender, Counts>> }[];
  coldStart: readonly ColdStartRound[];
  readonly speed: { readonly load: Load; readonly rounds: readonly SpeedRound[] }[];
  readonly guard: GuardCost[];
  readonly connections: { readonly setting: Setting; readonly messagesPerSecond: number }[];
  memory: readonly MemoryRound[];
}

/** Nothing measured yet. */
export function noResults(): Results {
  return { size: undefined, calls: [], coldStart: [], speed: [], guard: [], connections: [], memory: [] };
}
