import { gzipSync } from 'node:zlib';
import type { Piece } from './read-source-map.ts';

export type Weight = {
  /** An npm package, or a folder of this project. */
  readonly owner: string;
  readonly bytes: number;
  /** The size of the owner's bytes, gzipped alone. */
  readonly gzippedAlone: number;
  /** How much smaller the gzipped whole is without the owner's bytes. Less than alone, because similar text compresses. */
  readonly gzippedSaved: number;
};

export const gzippedBytes = (text: string): number => gzipSync(text, { level: 9 }).length;

/** The package of a source, or its folder in this project, at most two levels deep. */
export const findOwner = (source: string | null): string => {
  if (source === null) return '(bundler)';
  const inPackage = /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(source)?.[1];
  if (inPackage !== undefined) return inPackage;
  return (
    /(?:^|\/)(src|functions|bench)(?=\/)(\/[^/]+(?=\/))?/.exec(source)?.[0].replace(/^\//, '') ??
    source
  );
};

/**
 * The weight of each owner, heaviest first. It counts the owner's own text, but not the code that calls it, nor
 * packages that are there only because of it. The names come from the packages' source maps, so text that a package has
 * copied counts for the package that it came from.
 */
export const weighOwners = (pieces: readonly Piece[]): Weight[] => {
  const owned = pieces.map(({ source, text }) => ({ owner: findOwner(source), text }));
  const join = (keep: (owner: string) => boolean) =>
    owned
      .filter(({ owner }) => keep(owner))
      .map(({ text }) => text)
      .join('');
  const whole = gzippedBytes(join(() => true));
  return [...new Set(owned.map(({ owner }) => owner))]
    .map((owner) => {
      const text = join((other) => other === owner);
      return {
        owner,
        bytes: Buffer.byteLength(text),
        gzippedAlone: gzippedBytes(text),
        gzippedSaved: whole - gzippedBytes(join((other) => other !== owner)),
      };
    })
    .toSorted((a, b) => b.bytes - a.bytes);
};
