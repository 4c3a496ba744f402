// The tables of many environments say what the simulation comes to.
import { describe, expect, test } from 'vitest';
import { burstCells, type MeasuredFleet, outageCells } from '../simulation/report.ts';
import { BURSTS, type Fleet, fallsShort, OUTAGES, simulateFleet } from '../simulation/scale.ts';
import { table } from './pages.ts';

const SEED = 1;

describe.each([
  ['bursts', BURSTS, burstCells],
  ['outagesOfMany', OUTAGES, outageCells],
] as const)('%s', (name, fleets, cells) => {
  const documented = table(name);

  test.each(fleets.map((fleet, index) => [index, fleet] as const))('row %i: %j', (index, fleet) => {
    const measured = measure(fleet);
    expect(documented[index]).toEqual(cells(measured));
    expect(fallsShort(fleet, measured.figures)).toBe(false);
  });

  test('there are no others', () => {
    expect(documented).toHaveLength(fleets.length);
  });
});

function measure(fleet: Fleet): MeasuredFleet {
  return { fleet, figures: simulateFleet(fleet, SEED) };
}
