// Changes the code of the rooms that decide in one place at a time, and sees whether the room's fast tests notice.
import { Stryker } from '@stryker-mutator/core';

/** What is changed of each room: what is pure. */
const ROOMS = {
  'client/contract': '*',
  'client/dead-letters': '{advice,dead-letter,export-line,filter,group,plan,redrive-message,summary}',
  'functions/unassign/decision': '*',
  'functions/unassign/pacing': '*',
  'functions/unassign/sending': '{copy,settlement}',
};

const wanted = process.argv.slice(2);
const rooms = Object.entries(ROOMS).filter(([room]) => wanted.length === 0 || wanted.includes(room));
if (rooms.length < wanted.length) {
  throw new Error(`expected rooms such as ${Object.keys(ROOMS).join(', ')}`);
}
// One after the other: each has a report and a score of its own, and too low a score makes the exit code 1.
for (const [room, files] of rooms) {
  console.log(`\n${room}`);
  await new Stryker({
    configFile: 'test/mutation/stryker.config.json',
    mutate: [`${room}/${files}.ts`],
    vitest: { configFile: 'test/mutation/vitest.config.ts', dir: `test/${room}`, related: false },
    htmlReporter: { fileName: `.build/mutation/${room.replaceAll('/', '-')}.html` },
  }).runMutationTest();
}
