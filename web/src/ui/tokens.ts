/** Every colour of the page. One table gives both the CSS variables and the component library's theme. */

export interface Tokens {
  bg: string
  surface: string
  raised: string
  sunken: string
  line: string
  lineStrong: string
  text: string
  muted: string
  faint: string
  accent: string
  accentHover: string
  accentSoft: string
  onAccent: string
  good: string
  goodSoft: string
  warn: string
  warnSoft: string
  crit: string
  critSoft: string
  idle: string
  idleSoft: string
  shadow: string
}

export const light: Tokens = {
  bg: '#f5f5f3',
  surface: '#ffffff',
  raised: '#ffffff',
  sunken: '#eeeeeb',
  line: '#e3e3de',
  lineStrong: '#cbcbc4',
  text: '#1b1c1e',
  muted: '#565960',
  faint: '#696c73',
  accent: '#2f57d9',
  accentHover: '#2446b8',
  accentSoft: '#ebf0fd',
  onAccent: '#ffffff',
  good: '#18763f',
  goodSoft: '#e2f2e8',
  warn: '#8a5800',
  warnSoft: '#fbeed2',
  crit: '#b92626',
  critSoft: '#fbe6e4',
  idle: '#656870',
  idleSoft: '#ebebe8',
  shadow: '0 1px 2px rgb(0 0 0 / 5%), 0 8px 28px rgb(0 0 0 / 10%)',
}

export const dark: Tokens = {
  bg: '#111214',
  surface: '#17181b',
  raised: '#1f2125',
  sunken: '#0c0d0f',
  line: '#282a2f',
  lineStrong: '#3d4047',
  text: '#e9e9e6',
  muted: '#a9acb3',
  faint: '#8d9098',
  accent: '#8ea8ff',
  accentHover: '#a9bdff',
  accentSoft: '#1f2740',
  onAccent: '#0c1230',
  good: '#56c485',
  goodSoft: '#15291d',
  warn: '#e3ac43',
  warnSoft: '#2e2411',
  crit: '#ff8078',
  critSoft: '#361a19',
  idle: '#9a9da5',
  idleSoft: '#26282c',
  shadow: '0 1px 2px rgb(0 0 0 / 40%), 0 12px 36px rgb(0 0 0 / 50%)',
}

export function applyTokens(tokens: Tokens, root: HTMLElement = document.documentElement): void {
  for (const [name, value] of Object.entries(tokens)) {
    root.style.setProperty(`--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`, value)
  }
}
