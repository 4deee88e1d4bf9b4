import { open } from 'node:fs/promises';
import type { Report } from './report.ts';

/** A new file for its owner alone, made before anything is stored: no file is written over, and none is missed afterwards. */
export const openList = async (path: string) => {
  const file = await open(path, 'wx', 0o600).catch(() => {
    throw new Error(
      `--conversations: ${path} cannot be made: name a file that is not there yet, in a folder that is.`,
    );
  });
  return {
    /** Line numbers and ids: whose they are, the file that was imported says. */
    write: async (conversations: Report['conversations']): Promise<void> => {
      const lines = conversations.map(({ line, conversation_id: id }) => `${line},${id}\n`);
      await file.writeFile(`line,conversation_id\n${lines.join('')}`);
      await file.close();
    },
  };
};
