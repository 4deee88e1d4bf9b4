import { byId } from './dom.ts';

const key = 'phones-theme';
const dark = matchMedia('(prefers-color-scheme: dark)');

const chosen = (): string => localStorage.getItem(key) ?? (dark.matches ? 'dark' : 'light');

/** The system's colours, until somebody chooses. */
export const startTheme = (): void => {
  const button = byId('theme', HTMLButtonElement);
  const show = () => {
    const theme = chosen();
    document.documentElement.dataset.theme = theme;
    const other = theme === 'dark' ? 'light' : 'dark';
    button.setAttribute('aria-label', `Use ${other} colours`);
    button.title = `Use ${other} colours`;
  };
  button.addEventListener('click', () => {
    localStorage.setItem(key, chosen() === 'dark' ? 'light' : 'dark');
    show();
  });
  dark.addEventListener('change', show);
  show();
};
