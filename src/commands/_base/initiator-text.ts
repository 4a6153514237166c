/** One initiator's name for another, where plan texts say it; nothing else of the text changes. */
interface Text {
  readonly file: string;
  readonly text: string;
}

export interface Renamed<T extends Text> {
  readonly texts: T[];
  readonly places: readonly { readonly file: string; readonly line: number }[];
  /** The texts say the new name already. */
  readonly isDone: boolean;
}

/** Whole names only, in whatever case; comments are left as they are. */
export function renamedIn<T extends Text>(texts: readonly T[], from: string, to: string): Renamed<T> {
  const places: { file: string; line: number }[] = [];
  const [old, fresh] = [nameIn(from), nameIn(to)];
  let isDone = false;
  const renamed = texts.map((each) => {
    const lines = each.text.split('\n').map((line, index) => {
      const comment = commentAt(line);
      const [said, rest] = [line.slice(0, comment), line.slice(comment)];
      if (fresh.test(said)) isDone = true;
      if (!old.test(said)) return line;
      places.push({ file: each.file, line: index + 1 });
      return said.replace(new RegExp(old, 'gi'), to) + rest;
    });
    return { ...each, text: lines.join('\n') };
  });
  return { texts: renamed, places, isDone };
}

function nameIn(name: string): RegExp {
  const escaped = name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`(?<![\\w:.-])${escaped}(?![\\w:.-])`, 'i');
}

/** Where YAML's comment of the line begins. No initiator's name has a `#`. */
function commentAt(line: string): number {
  const found = /(?:^|\s)#/.exec(line);
  return found ? found.index : line.length;
}
