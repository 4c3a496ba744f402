// What `npm start` serves: the function that runs there says how it fares.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { temporaryFolder } from '../../../support/temporary-files.ts';
import { findings, openPage, picture, settled } from './console-page.ts';

const START = fileURLToPath(new URL('../../../../infra/local/start/start.ts', import.meta.url));

/** Starts it, and resolves with the console's link when all requests have met their fates. */
async function startLocally(requests: number): Promise<string> {
  const child = spawn(process.execPath, [START, '--port', '0', '--demo', String(requests)], {
    env: { ...process.env, XDG_STATE_HOME: await temporaryFolder() },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(async () => {
    child.kill('SIGTERM');
    if (child.exitCode === null) await once(child, 'exit');
  });
  return new Promise((resolve, reject) => {
    let link: string | undefined;
    // To the end: whoever closes the pipe ends it.
    createInterface({ input: child.stdout })
      .on('line', (line) => {
        link ??= /http:\/\/\S+#token=\S+/.exec(line)?.[0];
        if (link !== undefined && line.startsWith('The dead-letter queue, ')) resolve(link);
      })
      .once('close', () => reject(new Error('it ended before its requests were settled')));
  });
}

it("the overview has the function's pace, its circuit breaker, and what it requeues", async () => {
  const link = await startLocally(400);
  const { origin } = new URL(link);
  const { page } = await openPage({ address: `${origin}/`, newLink: () => link });
  await page
    .getByText(/Saw [\d,]+ of about/)
    .first()
    .waitFor();
  await settled(page);
  expect(await page.getByText('No data').count()).toBe(0);
  expect(await findings(page)).toEqual([]);
  await picture(page, 'overview-local');
});
