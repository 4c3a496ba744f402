// Being suspended by Ctrl-Z: in good order, and back again.

/**
 * Calls `before` when the terminal's key is about to suspend this process, and `after` when it goes on, until what it returns is
 * called. The process then does what it would have done without: whether it is suspended is left to the system, which knows
 * whether there is a shell to bring it back.
 */
export function aroundSuspension(before: () => void, after: () => void): () => void {
  const suspend = () => {
    before();
    process.off('SIGTSTP', suspend);
    process.kill(process.pid, 'SIGTSTP');
    // Here it stands still.
    process.on('SIGTSTP', suspend);
    measureTerminals();
    after();
  };
  process.on('SIGTSTP', suspend);
  return () => void process.off('SIGTSTP', suspend);
}

/** Nobody tells a process that is suspended that its terminal was made wider or narrower: it looks when it goes on. */
export function measureAfterSuspension(): void {
  process.on('SIGCONT', measureTerminals);
}

/** Node.js looks at the sizes of its terminals when this signal comes. */
function measureTerminals(): void {
  process.emit('SIGWINCH', 'SIGWINCH');
}
