// The table of what expectedAssignee leaves says what the simulation comes to.
import { expect, test } from 'vitest';
import { windowCells } from '../simulation/report.ts';
import { STORAGE_LAGS, simulateWindow } from '../simulation/window.ts';
import { table } from './pages.ts';

const SEED = 1;

test('the table has what `npm run simulate` prints', () => {
  const unguarded = simulateWindow({ storage: 0, isGuarded: false }, SEED);
  const rows = STORAGE_LAGS.map((storage) => {
    const given = { storage, isGuarded: true };
    return windowCells(unguarded, { given, counts: simulateWindow(given, SEED) });
  });
  expect(table('window')).toEqual(rows);
});
