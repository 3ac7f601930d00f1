/**
 * The timers, with cron: the one that renews, the one that looks and the one that backs up are installed by
 * `init`, started as cron starts them, removed when nobody wants them and by `uninstall`.
 * In a mount namespace of its own, in which this machine has cron whether it has or not, and in which
 * nothing of it is left behind.
 */
import assert from "node:assert/strict";
import { holdImages, PROGRAM, sh, TestStack } from "../support/stack.ts";

const possible = Deno.uid() === 0 &&
  (await sh(["unshare", "--mount", "--propagation", "private", "true"])).code === 0;
if (!possible) console.log("SKIPPED: the timer with cron: no mount namespaces here");

Deno.test({
  name: "cron renews, looks and backs up: installed, started with a bare environment, removed",
  ignore: !possible,
  fn: async () => {
    await using stack = new TestStack("timer");
    await using _held = await holdImages();
    const place = stack.place;
    await Deno.mkdir(`${place}/layer`);
    await Deno.writeTextFile(`${place}/layer/cron`, "#!/bin/sh\n", { mode: 0o755 });
    const file = `/etc/cron.d/${stack.name}-tls`;
    const saving = `/etc/cron.d/${stack.name}-backup`;
    const looking = `/etc/cron.d/${stack.name}-alerts`;
    const script = `set -eu
      mkdir -p /etc/cron.d
      mount -t overlay overlay -o "lowerdir=$PLACE/layer:/usr/sbin" /usr/sbin
      mount -t tmpfs tmpfs /etc/cron.d
      "$PROGRAM" init --demo --yes --dir "$DIR" "$@" >/dev/null 2>&1
      echo "== file"; cat "$FILE"
      echo "== status"; "$PROGRAM" status --json --dir "$DIR" | grep -A1 -E '"(scheduled_by|expected)"'
      echo "== plan"; "$PROGRAM" plan --dir "$DIR" >/dev/null 2>&1 && echo nothing
      # As cron does it, but for the seconds that it waits.
      line=$(sed -n 's/^[0-9].* root //p' "$FILE" | sed 's/ --scheduled//')
      echo "== run"; cd /; env -i HOME=/root LOGNAME=root PATH=/usr/bin:/bin SHELL=/bin/sh sh -c "$line"
      echo "== looking"; cat "$LOOKING"
      line=$(sed -n 's/^[0-9].* root //p' "$LOOKING")
      env -i HOME=/root LOGNAME=root PATH=/usr/bin:/bin SHELL=/bin/sh sh -c "$line" && echo silent
      "$PROGRAM" alerts show --json --dir "$DIR" | grep looked_at
      echo "== saving"; cat "$SAVING"
      line=$(sed -n 's/^[0-9].* root //p' "$SAVING")
      env -i HOME=/root LOGNAME=root PATH=/usr/bin:/bin SHELL=/bin/sh sh -c "$line" 2>&1
      "$PROGRAM" backup schedule --dir "$DIR"
      "$PROGRAM" stop --yes --dir "$DIR" >/dev/null 2>&1
      sh -c "$line" 2>&1 && echo "left alone"
      "$PROGRAM" start --dir "$DIR" >/dev/null 2>&1
      echo "== nobody"
      "$PROGRAM" config set alerts.every_minutes=0 backups.enabled=false --dir "$DIR" >/dev/null
      "$PROGRAM" plan --dir "$DIR" | grep -A2 ^Timers
      echo "== development"
      "$PROGRAM" config set environment=development --dir "$DIR" >/dev/null
      "$PROGRAM" apply --yes --dir "$DIR" >/dev/null 2>&1
      ls "$FILE" 2>/dev/null || echo gone
      ls "$LOOKING" 2>/dev/null || echo unwatched
      "$PROGRAM" config set environment=production alerts.every_minutes=10 --dir "$DIR" >/dev/null
      "$PROGRAM" apply --yes --dir "$DIR" >/dev/null 2>&1
      ls "$FILE" "$LOOKING"
      echo "== uninstall"; "$PROGRAM" uninstall --yes --dir "$DIR" 2>&1 | grep -A2 -E '^Timer|timer'
      ls "$FILE" "$LOOKING" "$SAVING" 2>/dev/null || echo gone
    `;
    const ran = await sh(
      [
        "unshare",
        "--mount",
        "--propagation",
        "private",
        "sh",
        "-c",
        script,
        "-",
        ...stack.settings(),
        "--set",
        "alerts.webhook=http://127.0.0.1:9/nobody",
      ],
      {
        env: {
          LOOKING: looking,
          SAVING: saving,
          PLACE: place,
          DIR: stack.dir,
          FILE: file,
          PROGRAM,
        },
      },
    );
    assert.equal(ran.code, 0, ran.text);
    const part = (name: string) =>
      ran.stdout.split(/^== /m).find((each) => each.startsWith(`${name}\n`)) ?? "";
    assert.match(
      part("file"),
      new RegExp(
        `^\\d+-59/15 \\* \\* \\* \\* root \\S+/rxdx-setup tls renew --scheduled --dir ${stack.dir}$`,
        "m",
      ),
    );
    assert.match(part("status"), /"scheduled_by": "cron"/);
    assert.match(part("plan"), /nothing/);
    assert.match(part("run"), /serves all names for a while yet/);
    assert.match(
      part("looking"),
      new RegExp(
        `^\\d-59/5 \\* \\* \\* \\* root \\S+/rxdx-setup healthcheck --scheduled --dir ${stack.dir}$`,
        "m",
      ),
    );
    assert.match(part("looking"), /\nsilent\n.*"looked_at": "2/);
    assert.match(
      part("saving"),
      new RegExp(
        `^0 2 \\* \\* \\* root \\S+/rxdx-setup backup run --scheduled --dir ${stack.dir}$`,
        "m",
      ),
    );
    assert.match(part("saving"), /tar\.age: .* in [\d.]+ s, proven in [\d.]+ s\.\n/);
    assert.match(part("saving"), new RegExp(`timer {5}cron, ${stack.name}-backup`));
    assert.match(part("saving"), /\nleft alone\n/);
    assert.match(part("nobody"), new RegExp(`Remove the timer ${stack.name}-backup`));
    assert.match(part("nobody"), new RegExp(`Remove the timer ${stack.name}-alerts`));
    assert.match(part("development"), /gone\nunwatched\n.*-alerts\n.*-tls/);
    assert.match(
      part("uninstall"),
      new RegExp(`Timers\\n  ${stack.name}-tls\\n  ${stack.name}-alerts[\\s\\S]*gone`),
    );
    assert.doesNotMatch(part("uninstall"), /cron\.d/);
    await assert.rejects(Deno.stat(file), Deno.errors.NotFound);
  },
});
