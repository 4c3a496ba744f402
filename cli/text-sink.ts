// Writing that waits for the reader, and that bears a reader who has seen enough (`| head`).
import { makeWay } from './status-line.ts';
import type { OutputStream } from './surroundings.ts';

/** Somewhere to write text. */
export interface TextSink {
  /** Resolves when the text is taken: false where nobody reads any more, which is no error. */
  write(text: string): Promise<boolean>;
}

/** A sink that writes to a stream. Other errors than a reader's leaving are thrown. */
export function textSink(stream: OutputStream): TextSink {
  let open = true;
  return {
    async write(text) {
      if (!open || stream.destroyed) return false;
      makeWay(stream, text);
      const error = await new Promise<Error | null | undefined>((resolve) => stream.write(text, resolve));
      if (error == null) return true;
      if (!isClosedPipe(error)) throw error;
      open = false;
      return false;
    },
  };
}

/** Whether a stream's error says that its reader went away. */
function isClosedPipe(error: Error): boolean {
  const code = 'code' in error ? error.code : undefined;
  return code === 'EPIPE' || code === 'ERR_STREAM_DESTROYED' || code === 'ERR_STREAM_WRITE_AFTER_END';
}
