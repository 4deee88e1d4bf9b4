type OwnPackage = {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly engines: Readonly<Record<string, string>>;
};

const importable = { types: './dist/client.d.ts', default: './dist/client.js' };

/**
 * On Node from 20.19, `require` and `import` load the same module (module-sync), so that a process has one CrmApiError.
 * Older versions get it compiled to CommonJS.
 */
const entry = {
  import: importable,
  'module-sync': importable,
  require: { types: './dist/cjs/client.d.ts', default: './dist/cjs/client.js' },
  default: importable,
};

const markCommonJs =
  "fs.writeFileSync('dist/cjs/package.json', JSON.stringify({ type: 'commonjs' }))";

/** The client has a package of its own: the function's would bring the function's dependencies. */
export const buildClientPackage = ({ name, version, license, engines }: OwnPackage): string => {
  const content = {
    name,
    version,
    description: 'The typed client of crm-api: sends a message to a CRM contact, never twice.',
    license,
    private: true,
    type: 'module',
    // For resolvers that do not know `exports`.
    main: './dist/cjs/client.js',
    types: './dist/cjs/client.d.ts',
    exports: { '.': entry, './client': entry, './package.json': './package.json' },
    files: ['dist'],
    engines,
    scripts: {
      prepack: `tsc -p tsconfig.json && tsc -p tsconfig.cjs.json && node -e "${markCommonJs}"`,
    },
  };
  return `${JSON.stringify(content, null, 2)}\n`;
};
