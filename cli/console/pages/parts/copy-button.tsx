// Puts a text on the clipboard.
import { useState } from 'preact/hooks';
import { asConsoleError, useConsole } from '../console-state.tsx';

/** A button that copies. */
export function CopyButton({ text, children }: { text: string | (() => Promise<string>); children: string }) {
  const { announce } = useConsole();
  const [state, setState] = useState<'ready' | 'copied' | 'failed'>('ready');
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(typeof text === 'string' ? text : await text());
      setState('copied');
      announce('Copied.');
    } catch (error) {
      setState('failed');
      announce(`It could not be copied: ${asConsoleError(error).message}`);
    }
    setTimeout(() => setState('ready'), 2_000);
  };
  return (
    <button type="button" class="quiet" onClick={copy}>
      {state === 'ready' ? children : state === 'copied' ? 'Copied' : 'Not copied'}
    </button>
  );
}

/** A command to type, and a button that copies it. */
export function CommandLine({ command, label }: { command: string; label: string }) {
  return (
    <div class="command">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard */}
      <section class="command-text" tabIndex={0} aria-label={label}>
        <code>{command}</code>
      </section>
      <CopyButton text={command}>Copy as command</CopyButton>
    </div>
  );
}
