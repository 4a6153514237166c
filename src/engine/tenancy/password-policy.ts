/** What a password of a local user must be like: CoprHD's rules with its defaults, all of them told at once. Pure. */

export const PASSWORD_POLICY = {
  lengthMin: 8,
  /** Beyond it nobody types, and hashing would be work for strangers to give. */
  lengthMax: 512,
  lowercaseMin: 1,
  uppercaseMin: 1,
  digitsMin: 1,
  specialMin: 1,
  /** The same character in a row. */
  repeatingMax: 3,
  /** Of the new one, at how many places it differs from the one before. */
  changedMin: 4,
  /** The last ones can't come again. */
  historyMax: 3,
} as const;

/** Empty = it will do. `before`: the one in use, where it is known. */
export function passwordProblems(password: string, { user, before }: { user: string; before?: string }): string[] {
  const policy = PASSWORD_POLICY;
  const count = (pattern: RegExp) => password.match(pattern)?.length ?? 0;
  const atLeast = (found: number, min: number, what: string) =>
    found < min ? [`it needs ${min === 1 ? `a ${what}` : `${min} ${what}s`}`] : [];
  const repeated = new RegExp(`(.)\\1{${policy.repeatingMax},}`, 'su');
  return [
    ...(password.length < policy.lengthMin ? [`it needs ${policy.lengthMin} characters`] : []),
    ...(password.length > policy.lengthMax ? [`it may have ${policy.lengthMax} characters`] : []),
    ...atLeast(count(/\p{Ll}/gu), policy.lowercaseMin, 'small letter'),
    ...atLeast(count(/\p{Lu}/gu), policy.uppercaseMin, 'capital letter'),
    ...atLeast(count(/\p{Nd}/gu), policy.digitsMin, 'digit'),
    ...atLeast(count(/[^\p{L}\p{Nd}\s]/gu), policy.specialMin, 'special character'),
    ...(repeated.test(password) ? [`it may have a character ${policy.repeatingMax} times in a row`] : []),
    ...(password.toLowerCase().includes(user.toLowerCase()) ? ['it may not contain the name of the user'] : []),
    ...(before !== undefined && changed(before, password) < policy.changedMin
      ? [`it must differ from the one before in ${policy.changedMin} places`]
      : []),
  ];
}

function changed(before: string, after: string): number {
  const [a, b] = [[...before], [...after]];
  return Array.from({ length: Math.max(a.length, b.length) }).filter((_, index) => a[index] !== b[index]).length;
}
