/**
 * Reads TypeScript sources as far as the architecture test needs: what a module imports and whether
 * for its values or its types only, and its code without comments and texts.
 */

export interface Import {
  /** As it stands in the source: `../host/types.ts`, `@stricli/core`, `node:fs`. */
  readonly specifier: string;
  /** Gone after compilation: `import type`, or every name in it marked `type`. */
  readonly typeOnly: boolean;
}

/** Characters after which a slash begins a regular expression, not a division. */
const BEFORE_REGEX =
  /(?:^|[([{,;:=!&|?+\-*%<>~^\n]|\b(?:return|typeof|case|in|of|do|else|yield|await))\s*$/;

/**
 * The source with comments blanked, and texts too unless they are to be kept. Lines keep their
 * numbers. Code inside `${}` of a template stays code.
 */
export function codeOf(source: string, options: { readonly keepTexts?: boolean } = {}): string {
  let code = "";
  let at = 0;
  // Depth of braces at which each open template's `${` began.
  const templates: number[] = [];
  let depth = 0;
  const blank = (text: string) => text.replace(/[^\n]/g, " ");
  const text = (body: string) => options.keepTexts === true ? body : blank(body);
  const template = () => {
    // From after a backtick or a closing brace to the next `${` or the closing backtick.
    const match = /^(?:[^`\\$]|\\[\s\S]|\$(?!\{))*/.exec(source.slice(at));
    const body = match?.[0] ?? "";
    code += text(body);
    at += body.length;
    if (source.startsWith("${", at)) {
      code += "${";
      at += 2;
      templates.push(depth++);
    } else if (at < source.length) {
      code += "`";
      at++;
    }
  };
  while (at < source.length) {
    const rest = source.slice(at, at + 2);
    const char = source[at] ?? "";
    let match: RegExpExecArray | null;
    if (rest === "//") {
      match = /^[^\n]*/.exec(source.slice(at));
      code += blank(match?.[0] ?? "");
      at += match?.[0].length ?? 1;
    } else if (rest === "/*") {
      const end = source.indexOf("*/", at + 2);
      const stop = end < 0 ? source.length : end + 2;
      code += blank(source.slice(at, stop));
      at = stop;
    } else if (char === '"' || char === "'") {
      match = (char === '"' ? /^"(?:[^"\\\n]|\\[\s\S])*"?/ : /^'(?:[^'\\\n]|\\[\s\S])*'?/)
        .exec(source.slice(at));
      const found = match?.[0] ?? char;
      code += char + text(found.slice(1, -1)) + (found.length > 1 ? char : "");
      at += found.length;
    } else if (char === "`") {
      code += "`";
      at++;
      template();
    } else if (char === "/" && BEFORE_REGEX.test(code.slice(-40))) {
      match = /^\/(?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*/.exec(source.slice(at));
      const found = match?.[0] ?? char;
      code += match === null ? char : blank(found);
      at += found.length;
    } else {
      if (char === "{") depth++;
      if (char === "}") {
        depth--;
        if (templates.at(-1) === depth) {
          templates.pop();
          code += "}";
          at++;
          template();
          continue;
        }
      }
      code += char;
      at++;
    }
  }
  return code;
}

/** Every import and re-export of a module, dynamic ones too. */
export function importsOf(source: string): Import[] {
  const code = codeOf(source, { keepTexts: true });
  const found: Import[] = [];
  const named =
    /\b(?:import|export)\s+(?:(type)\b(?!\s*(?:,|from\b))\s*)?([\w$*{},\s]*?)\bfrom\s*["']([^"'\n]+)["']/g;
  for (const [, type, names = "", specifier = ""] of code.matchAll(named)) {
    found.push({ specifier, typeOnly: type === "type" || onlyTypes(names) });
  }
  // For their effect, and when they are needed.
  for (const [, specifier = ""] of code.matchAll(/\bimport\s*\(?\s*["']([^"'\n]+)["']/g)) {
    found.push({ specifier, typeOnly: false });
  }
  return found;
}

/** `{ type A, type B }`, and nothing beside it. */
function onlyTypes(names: string): boolean {
  const match = /^\s*\{([^}]*)\}\s*$/.exec(names);
  if (match === null) return false;
  const list = (match[1] ?? "").split(",").map((each) => each.trim()).filter((each) => each !== "");
  return list.length > 0 && list.every((each) => /^type\s/.test(each));
}
