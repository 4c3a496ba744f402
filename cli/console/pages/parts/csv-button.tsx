// Saves what fits as a table for a spreadsheet.
import { useState } from 'preact/hooks';
import type { FilterQuery } from '../../api.ts';
import { asConsoleError, useConsole } from '../console-state.tsx';

/** A button that saves a file. The console makes formulas harmless. */
export function CsvButton({ filter }: { filter: FilterQuery }) {
  const { client, announce } = useConsole();
  const [problem, setProblem] = useState<string | undefined>();
  const save = async () => {
    setProblem(undefined);
    try {
      saveFile('dead-letters.csv', 'text/csv', await client.ask('GET /api/messages.csv', { query: filter }));
      announce('Saved as dead-letters.csv.');
    } catch (error) {
      setProblem(asConsoleError(error).message);
    }
  };
  return (
    <>
      <button type="button" class="quiet" onClick={save}>
        Save as CSV
      </button>
      {problem !== undefined && (
        <span class="problem" role="alert">
          {problem}
        </span>
      )}
    </>
  );
}

/** Hands a text to the browser as a file: a link could not carry the secret. */
export function saveFile(name: string, type: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
