/** Documented commands that are typed in a clone of this repository: its installer, what it makes of itself. */
import { each, type Run } from "./documented_tables.ts";

const PREFIX = "{work}/prefix";
const OF_ITS_OWN = "a place and a name of its own: the machine's may be in use";

/** Sets up the stack that everything else is typed on: the first command of the README, at a terminal. */
export const INSTALLING: readonly Run[] = each({ at: "repository", because: OF_ITS_OWN }, [
  {
    line: "sh install.sh --demo",
    replace: {
      "sh install.sh --demo":
        `{settings} script --quiet --return --command 'sh install.sh --demo --prefix ${PREFIX}' /dev/null`,
    },
    stdin: "y\n",
    says: /is (up|running) and healthy|https:\/\/rxdx\.example\.com/,
  },
  {
    line: "sh install.sh --demo --yes",
    add: `--prefix ${PREFIX}`,
    says: /Record what was installed\s+nothing to do/,
  },
]);

/** Takes no settle time: what a picture is to show is on the screen when it has been waited for. */
const PICTURE = {
  "docs/pictures/": "{work}/",
  "--settle 12": "--settle 1",
  "--settle 3": "--settle 0.5",
  "--settle 1.5": "--settle 0.5",
};

export const REPOSITORY: readonly Run[] = each({ at: "repository" }, [
  { line: "deno run -A main.ts --help", says: /rxdx-setup/ },
  "deno task sbom",
  {
    arrange:
      "jq --exit-status '.bomFormat == \"CycloneDX\" and (.components | length) > 5' dist/sbom.cdx.json",
  },
  ...[
    'init.svg --title "rxdx-setup init --demo --yes" --columns 100 --rows 38 --wait "Watch it" --timeout 600 -- dist/rxdx-setup init --demo --yes',
    'wizard.svg --title "rxdx-setup init" --columns 112 --rows 26 --wait "This machine" --settle 1.5 --keys "Enter PageDown PageDown PageDown PageDown PageDown" -- dist/rxdx-setup init --dir /srv/rxdx --name rxdx2',
    'dashboard.svg --title "rxdx-setup status" --wait connections --settle 12 -- dist/rxdx-setup status',
    'search.svg --settle 3 --title "rxdx-setup status" --wait connections --keys "/ r i s k s Enter n n" -- dist/rxdx-setup status',
    'doctor.svg --columns 90 --rows 40 --title "rxdx-setup doctor" --wait "[0-9]+ ok" --timeout 30 -- dist/rxdx-setup doctor',
  ].map((line): Run => ({
    line: `deno run -A tests/support/picture.ts --output docs/pictures/${line}`,
    replace: PICTURE,
  })),
  {
    arrange:
      "for each in init wizard dashboard search doctor; do grep -q '</svg>' {work}/$each.svg || exit 1; done",
  },
]);
