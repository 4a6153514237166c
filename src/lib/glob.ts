/** Patterns over names: `*` stands for any characters, `?` for one; case does not matter. Linear in the name's length. */

export const GLOB_CHARACTERS = /^[A-Za-z0-9_.*?-]+$/;

export function isGlob(text: string): boolean {
  return /[*?]/.test(text);
}

export function globMatcher(pattern: string): (name: string) => boolean {
  const wanted = pattern.toLowerCase();
  return (name) => matches(wanted, name.toLowerCase());
}

/** Goes back to the last `*` only: what an earlier one took never has to be taken again. */
function matches(pattern: string, name: string): boolean {
  let at = 0;
  let star = -1;
  let starAt = 0;
  let p = 0;
  while (at < name.length) {
    const wanted = pattern[p];
    if (wanted === '*') {
      star = p++;
      starAt = at;
    } else if (wanted === '?' || wanted === name[at]) {
      p++;
      at++;
    } else if (star >= 0) {
      p = star + 1;
      at = ++starAt;
    } else return false;
  }
  while (pattern[p] === '*') p++;
  return p === pattern.length;
}
