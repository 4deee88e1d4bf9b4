import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

const packageSchema = z.object({ name: z.string(), version: z.string(), license: z.string() });

/** The folders of the packages that these files belong to. */
const packagesOf = (files: Iterable<string>): string[] => {
  const folders = [...files].flatMap(
    (file) => /.*node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(file)?.[0] ?? [],
  );
  return [...new Set(folders)].sort();
};

/** Most licences demand that each copy of the code comes with their text. */
export const describeLicenses = async (root: string, files: Iterable<string>): Promise<string> => {
  const parts: string[] = [];
  for (const path of packagesOf(files)) {
    const folder = join(root, path);
    const own = packageSchema.parse(
      JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')),
    );
    const names = (await readdir(folder)).filter((name) => /^licen[cs]e/i.test(name));
    const texts = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')));
    parts.push([`${own.name} ${own.version}: ${own.license}`, ...texts].join('\n\n').trim());
  }
  return `${parts.join(`\n\n${'-'.repeat(80)}\n\n`)}\n`;
};
