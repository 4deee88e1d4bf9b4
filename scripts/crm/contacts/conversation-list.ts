import { open } from 'node:fs/promises';
import type { Report } from './report.ts';

/**
 * A new file that only its owner can read. It is made before anything is stored, so that no file is overwritten, and
 * none is missing afterwards.
 */
export const openList = async (path: string) => {
  const file = await open(path, 'wx', 0o600).catch(() => {
    throw new Error(
      `--conversations: ${path} cannot be made: name a file that is not there yet, in a folder that is.`,
    );
  });
  return {
    /** Line numbers and ids; the imported file says whose they are. */
    write: async (conversations: Report['conversations']): Promise<void> => {
      const lines = conversations.map(({ line, conversation_id: id }) => `${line},${id}\n`);
      await file.writeFile(`line,conversation_id\n${lines.join('')}`);
      await file.close();
    },
  };
};
