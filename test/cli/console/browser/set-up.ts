// The browser of all these tests: the system's Chromium, which nothing of the project brings along.
import type {} from 'vitest';
import type { TestProject } from 'vitest/node';
import { CANNOT_RUN_HERE } from '../../../../infra/tools/where-possible.ts';
import { findBrowser } from './find-browser.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The path of the browser. */
    browser: string;
  }
}

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
