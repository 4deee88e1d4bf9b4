import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { projectFolder } from '../../dev/machine/run-command.ts';

type Block = { readonly language: string; readonly text: string };

export const readDocument = (path: string): Promise<string> =>
  readFile(join(projectFolder, path), 'utf8');

export const blocksOf = (markdown: string): readonly Block[] =>
  [...markdown.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].map(([, language = '', text = '']) => ({
    language,
    text,
  }));

/** The commands of the shell blocks, each with its continuation lines. */
export const commandsOf = (markdown: string): readonly string[] =>
  blocksOf(markdown)
    .filter(({ language }) => language === 'sh')
    .flatMap(({ text }) => text.trim().split(/(?<!\\)\n/));

/** The only command that matches. */
export const findCommand = (markdown: string, pattern: RegExp): string => {
  const [command, ...others] = commandsOf(markdown).filter((each) => pattern.test(each));
  if (command === undefined || others.length > 0) {
    throw new Error(`Expected one command that matches ${pattern}.`);
  }
  return command;
};

/** The anchors of the headings. */
export const anchorsOf = (markdown: string): readonly string[] =>
  [...markdown.matchAll(/^#{1,6} (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  );
