type Choice = { readonly id: string; readonly name: string; readonly label?: string };

const most = 20;

/** What there is to choose from, a line each, but never so many that what was asked is out of sight. */
export const toChoices = (rows: readonly Choice[], command: string): string => {
  const lines = rows.slice(0, most).map(({ id, name, label = name }) => `\n  ${id}  ${label}`);
  const rest = rows.length > most ? `\n  … \`npm run crm -- ${command}\` shows all.` : '';
  return `${lines.join('')}${rest}`;
};
