// The browser of all these tests: the system's Chromium, which nothing of the project brings along.
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import type {} from 'vitest';
import type { TestProject } from 'vitest/node';
import { CANNOT_RUN_HERE } from '../../../../infra/tools/where-possible.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The path of the browser. */
    browser: string;
  }
}

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

export default function setUp(project: TestProject): void {
  const found = findBrowser(process.env);
  if (found === undefined) {
    // Thrown, the message would drown in vitest's words about its own failure.
    console.error(`\n${MISSING}\n`);
    process.exit(CANNOT_RUN_HERE);
  }
  project.provide('browser', found);
}

const MISSING =
  'These tests run in Chromium, and there is none here. Install it (Debian and Ubuntu: apt-get install chromium), or name one ' +
  'in the environment variable CHROMIUM.';

/** What CHROMIUM names, or the first that the path has. */
function findBrowser({ CHROMIUM: chosen, PATH: path = '' }: NodeJS.ProcessEnv): string | undefined {
  const folders = path.split(delimiter);
  const candidates = chosen ? [chosen] : NAMES.flatMap((name) => folders.map((folder) => join(folder, name)));
  return candidates.find(isProgram);
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
