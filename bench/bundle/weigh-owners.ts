import { gzipSync } from 'node:zlib';
import type { Piece } from './read-source-map.ts';

export type Weight = {
  /** An npm package, or a folder of this project. */
  readonly owner: string;
  readonly bytes: number;
  /** What gzip makes of the owner's bytes alone. */
  readonly gzippedAlone: number;
  /** What the gzipped whole loses without the owner's bytes: less than alone, because others' text is alike. */
  readonly gzippedSaved: number;
};

export const gzippedBytes = (text: string): number => gzipSync(text, { level: 9 }).length;

/** The package that a source belongs to, or its folder in this project: at most two deep. */
export const findOwner = (source: string | null): string => {
  if (source === null) return '(bundler)';
  const inPackage = /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(source)?.[1];
  if (inPackage !== undefined) return inPackage;
  return (
    /(?:^|\/)(src|functions|bench)(\/[^/]+(?=\/))?/.exec(source)?.[0].replace(/^\//, '') ?? source
  );
};

/**
 * What each owner weighs, the heaviest first. It is what its own text costs: not what others write in order to call it,
 * nor the packages that are there because of it alone. The names are those of the packages' own source maps, so that text
 * which a package has copied from another counts as the other's.
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
