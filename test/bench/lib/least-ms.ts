/** Processor time of this process for some work, the least of some runs: the machine only ever adds. */
export function leastMs(work: () => void, runs = 3): number {
  const all = Array.from({ length: runs }, () => {
    const before = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1000;
  });
  return Math.min(...all);
}
